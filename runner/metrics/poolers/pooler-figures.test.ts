import { expect, test } from 'vitest'
import { poolerFigures } from './pooler-figures.ts'

const EMPTY = { version: [], totals: [], pools: [], databases: [], lists: [], config: [] }

const samplesOf = (answers: Partial<Parameters<typeof poolerFigures>[1]>) =>
  new Map(
    poolerFigures('p:6432', { ...EMPTY, ...answers }).map(({ name, samples }) => [name, samples[0]?.value]),
  )

test('columns of 1.24 are read by their new names, and those of 1.18 by their old ones', () => {
  const base = { name: 'a', host: 'h', port: 5432, database: 'a', pool_mode: 'transaction', pool_size: 20 }
  const newer = samplesOf({
    databases: [
      { ...base, reserve_pool_size: 5, max_client_connections: 100, current_client_connections: 7 },
    ],
    totals: [{ database: 'a', bind_count: '8', client_parse_count: '9', server_assignment_count: '10' }],
  })
  expect(newer.get('pgbouncer_databases_reserve_pool')).toBe(5)
  expect(newer.get('pgbouncer_databases_current_client_connections')).toBe(7)
  expect(newer.get('pgbouncer_stats_totals_binds_total')).toBe(8)
  expect(newer.get('pgbouncer_stats_totals_server_assignments_total')).toBe(10)
  const older = samplesOf({
    databases: [{ ...base, reserve_pool: 3 }],
    totals: [{ database: 'a', query_count: '1' }],
  })
  expect(older.get('pgbouncer_databases_reserve_pool')).toBe(3)
  expect(older.has('pgbouncer_databases_current_client_connections')).toBe(false)
  expect(older.has('pgbouncer_stats_totals_binds_total')).toBe(false)
})

test('waiting is told with its microseconds, and totals in seconds', () => {
  const values = samplesOf({
    pools: [{ database: 'a', user: 'u', maxwait: 2, maxwait_us: 345678 }],
    totals: [{ database: 'a', wait_time: '1500000' }],
  })
  expect(values.get('pgbouncer_pools_client_maxwait_seconds')).toBe(2.345678)
  expect(values.get('pgbouncer_stats_totals_client_wait_seconds_total')).toBe(1.5)
})
