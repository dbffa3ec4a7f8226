import { escapeIdentifier } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { defineCollector, defineRememberingCollector } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import { counting, exporterOfDatabases } from '../harness/exporter.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

/** What tells of a database and not of the server. */
const tableCount = (series: readonly Series[], datname: string) =>
  valueIn(series, 'pg_user_tables_count', { datname })

const tables = (database: TestDatabase, count: number) =>
  execute(
    database.url,
    ...Array.from({ length: count }, (_, index) => `CREATE TABLE t${index} (id int PRIMARY KEY)`),
  )

/** Sessions of exporters in some databases. */
async function sessionsIn(url: string, names: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const rows = await query<{ datname: string; n: number }>(
    url,
    `SELECT datname, count(*)::int AS n FROM pg_stat_activity
      WHERE application_name = 'howdah/serve' AND datname = ANY ($1) GROUP BY 1`,
    [names],
  )
  return Object.fromEntries(rows.map(({ datname, n }) => [datname, n]))
}

/** A collector of database scope that asks this. */
const asking = (name: string, sql: string) =>
  defineCollector({
    name,
    scope: 'database',
    metrics: { [`test_${name}`]: gauge('A test.', ['datname']) },
    collect: async (connection, _facts, emit) => {
      const { value } = await connection.row<{ value: number }>(sql)
      emit(`test_${name}`, value, { datname: connection.target.database })
    },
  })

const NAMES_LIKE = ['..', 'a/b?c=d#e', '100%', '%2F', 'ü "x" \\ \n']

describe.each(MAJORS)('on Postgres %i', major => {
  test('each database is measured by itself, over one session more; the server is measured once', async () => {
    await using main = await createDatabase({ major })
    await using second = await createDatabase({ major })
    await using third = await createDatabase({ major })
    const names = [main, second, third].map(({ name }) => name)
    await Promise.all([tables(main, 1), tables(second, 2), tables(third, 3)])
    const server = await serveMetrics(main.url, { databases: [third.name, main.name, second.name] })
    const series = await scrape(server)
    expect(failedCollectors(series)).toEqual([])
    expect(names.map(name => tableCount(series, name))).toEqual([1, 2, 3])
    expect(valueIn(series, 'pg_scrape_databases')).toBe(3)
    expect(valueIn(series, 'pg_scrape_databases_left_out')).toBe(0)
    expect(valueIn(series, 'pg_postmaster_start_time_seconds')).toBeGreaterThan(0)
    const successes = series.filter(({ name }) => name === 'pg_scrape_collector_success')
    const told = (collector: string) =>
      successes.filter(({ labels }) => labels.collector === collector).map(({ labels }) => labels.datname)
    expect(told('tables')).toEqual([main.name, third.name, second.name])
    expect(told('activity')).toEqual([''])
    for (let i = 0; i < 3; i += 1) await Promise.all([scrape(server), scrape(server)])
    expect(await sessionsIn(main.adminUrl, names)).toMatchObject({ [second.name]: 1, [third.name]: 1 })
  })
})

test('a database that refuses connections, or is not there, fails for itself and comes back', async () => {
  await using main = await createDatabase()
  await using closed = await createDatabase()
  const missing = `${main.name}_missing`
  const { scrape, pass } = exporterOfDatabases(
    main.url,
    [closed.name, missing],
    counting('whole').collector,
    asking('of', 'SELECT 1 AS value'),
    { ...asking('kept', 'SELECT 2 AS value'), tier: 'slow' },
  )
  const kept = (series: readonly Series[]) => valueIn(series, 'test_kept', { datname: closed.name })
  const successes = (series: readonly Series[]) =>
    [main.name, closed.name, missing].map(datname =>
      valueIn(series, 'pg_scrape_collector_success', { collector: 'of', datname }),
    )
  const open = await scrape()
  expect([successes(open), kept(open)]).toEqual([[1, 1, 0], 2])

  await execute(
    main.adminUrl,
    `ALTER DATABASE ${closed.name} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${closed.name}'`,
  )
  const refused = await scrape()
  expect([successes(refused), kept(refused)]).toEqual([[1, 0, 0], undefined])
  expect(valueIn(refused, 'test_of', { datname: main.name })).toBe(1)
  expect(valueIn(refused, 'test_of', { datname: closed.name })).toBeUndefined()
  expect([valueIn(refused, 'pg_up'), valueIn(refused, 'test_whole')]).toEqual([1, 2])
  expect(valueIn(refused, 'pg_exporter_last_scrape_error')).toBe(1)

  await execute(
    main.adminUrl,
    `ALTER DATABASE ${closed.name} ALLOW_CONNECTIONS true`,
    `CREATE DATABASE ${missing}`,
  )
  onTestFinished(() => execute(main.adminUrl, `DROP DATABASE ${missing} WITH (FORCE)`))
  pass(10)
  const back = await scrape()
  expect([successes(back), kept(back)]).toEqual([[1, 1, 1], 2])
})

test('what fails in one database fails there only, and each has a memory of its own', async () => {
  await using main = await createDatabase()
  await using other = await createDatabase()
  const failing = asking('failing', `SELECT 1 / (current_database() = '${main.name}')::int AS value`)
  const counted = defineRememberingCollector({
    name: 'counted',
    scope: 'database',
    metrics: { test_counted: gauge('A test.', ['datname']) },
    remember: () => ({ runs: 0 }),
    collect: async (connection, _facts, emit, memory) => {
      memory.runs += connection.target.database === main.name ? 1 : 10
      emit('test_counted', memory.runs, { datname: connection.target.database })
    },
  })
  const { scrape } = exporterOfDatabases(main.url, [other.name], failing, counted)
  await scrape()
  const series = await scrape()
  for (const [datname, success, runs] of [
    [main.name, 1, 2],
    [other.name, 0, 20],
  ] as const) {
    expect(valueIn(series, 'pg_scrape_collector_success', { collector: 'failing', datname })).toBe(success)
    expect(valueIn(series, 'test_failing', { datname })).toBe(success || undefined)
    expect(valueIn(series, 'test_counted', { datname })).toBe(runs)
  }
})

test.each(NAMES_LIKE)('a database may have any name there is (%j)', async suffix => {
  await using main = await createDatabase()
  const name = `${main.name}${suffix}`
  await execute(main.adminUrl, `CREATE DATABASE ${escapeIdentifier(name)}`)
  onTestFinished(() => execute(main.adminUrl, `DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`))
  const { scrape } = exporterOfDatabases(main.url, [name], asking('of', 'SELECT 1 AS value'))
  const series = await scrape()
  expect(valueIn(series, 'test_of', { datname: name })).toBe(1)
})

test('auto follows databases that come and go, ten at the most, and never a template', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
  const { url } = await startThrowAwayServer({ major: 18, settings: {}, volatile: true }, releases)
  const sql = (...statements: readonly string[]) => execute(url, ...statements)
  await sql('CREATE DATABASE a', 'CREATE DATABASE shape IS_TEMPLATE true', 'CREATE DATABASE ".."')
  await sql('CREATE DATABASE shut ALLOW_CONNECTIONS false', 'CREATE DATABASE rdsadmin')
  await sql('CREATE DATABASE prisma_migrate_shadow_db_1')
  const { scrape } = exporterOfDatabases(url, ['auto'], asking('of', 'SELECT 1 AS value'))
  const watched = async () => {
    const series = await scrape()
    const names = series.filter(({ name }) => name === 'test_of').map(({ labels }) => labels.datname)
    expect(valueIn(series, 'pg_exporter_last_scrape_error')).toBe(0)
    expect(valueIn(series, 'pg_scrape_databases')).toBe(names.length)
    return { names, leftOut: valueIn(series, 'pg_scrape_databases_left_out') }
  }
  expect(await watched()).toEqual({ names: ['postgres', 'a', '..'], leftOut: 0 })
  await sql('DROP DATABASE a WITH (FORCE)', 'CREATE DATABASE b')
  expect(await watched()).toEqual({ names: ['postgres', '..', 'b'], leftOut: 0 })
  for (let i = 0; i < 9; i += 1) await sql(`CREATE DATABASE n${i}`)
  const many = await watched()
  expect(many.names).toEqual(['postgres', '..', 'b', ...Array.from({ length: 7 }, (_, i) => `n${i}`)])
  expect(many.leftOut).toBe(2)
  await sql('DROP DATABASE b WITH (FORCE)')
  expect((await watched()).names).toContain('n7')
  const [held] = await query<{ n: number }>(
    url,
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'howdah/serve'`,
  )
  expect(held).toEqual({ n: 10 })
})

test('a template in the list is left out, and said to be', async () => {
  await using main = await createDatabase()
  const { scrape } = exporterOfDatabases(main.url, ['template1'], asking('of', 'SELECT 1 AS value'))
  const series = await scrape()
  expect(valueIn(series, 'pg_scrape_databases_left_out')).toBe(1)
  expect(valueIn(series, 'test_of', { datname: 'template1' })).toBeUndefined()
  expect(await sessionsIn(main.adminUrl, ['template1'])).toEqual({})
})
