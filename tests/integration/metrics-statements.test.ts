import { describe, expect, onTestFinished, test } from 'vitest'
import type { Collector } from '../../runner/metrics/collector.ts'
import { statements } from '../../runner/metrics/collectors/statements.ts'
import { collectWith } from '../harness/collectors.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'

const SLOW = "SELECT pg_sleep(1.2), 'slow'"
const QUICK = "SELECT pg_sleep(0.2), 'quick', 'enough'"

const begin = (): Collector => statements.begin?.() ?? statements

const slowCalls = (series: readonly Series[], { name }: TestDatabase) =>
  valueIn(series, 'pg_stat_statements_slow_calls_total', { datname: name, threshold: '1s' })

describe.each(MAJORS)('on Postgres %i', major => {
  test('slow calls are those since the last look that took over a second on average, also across a reset', async () => {
    await using database = await createDatabase({ major })
    const schema = '"s "" ü"'
    await execute(
      database.url,
      `CREATE SCHEMA ${schema}`,
      // As an upgraded server has it: the extension of an older one.
      `CREATE EXTENSION pg_stat_statements SCHEMA ${schema} ${major === 18 ? "VERSION '1.10'" : ''}`,
      'CREATE TABLE canary_table (a int)',
      // The server is every suite's: what ran there for minutes would leave no place among the fifty that are told of.
      `SELECT ${schema}.pg_stat_statements_reset()`,
    )
    const sleep = (seconds: number, times: number) =>
      Promise.all(
        Array.from({ length: times }, () => execute(database.url, `SELECT pg_sleep(${seconds}), 'canary'`)),
      )
    const collector = begin()
    await sleep(1.05, 1)
    // What was there before the first look is nobody's growth, and the counter exists from then on.
    expect(slowCalls(await collectWith(collector, database.url), database)).toBe(0)
    await Promise.all([
      sleep(1.05, 3),
      execute(database.url, ...Array(40).fill('SELECT 1 FROM canary_table')),
    ])
    const series = await collectWith(collector, database.url)
    expect(slowCalls(series, database)).toBe(3)
    expect(
      valueIn(series, 'pg_stat_statements_calls_all_total', { datname: database.name }),
    ).toBeGreaterThanOrEqual(43)
    const [entry] = await query<{ queryid: string }>(
      database.url,
      `SELECT queryid::text FROM ${schema}.pg_stat_statements WHERE query LIKE '%pg_sleep($1), $2%'
          AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    const labels = { datname: database.name, queryid: entry?.queryid ?? 'none' }
    expect(valueIn(series, 'pg_stat_statements_calls_total', labels)).toBe(4)
    expect(valueIn(series, 'pg_stat_statements_seconds_total', labels)).toBeGreaterThan(4)
    expect(valueIn(series, 'pg_stat_statements_entries')).toBeGreaterThan(1)
    expect(valueIn(series, 'pg_stat_statements_dealloc_total')).toBeGreaterThanOrEqual(0)
    expect(valueIn(series, 'pg_stat_statements_stats_reset_timestamp_seconds')).toBeGreaterThan(1e9)
    expect(JSON.stringify(series)).not.toContain('canary')

    await execute(
      database.url,
      `SELECT ${schema}.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)`,
    )
    await sleep(1.05, 2)
    expect(slowCalls(await collectWith(collector, database.url), database)).toBe(5)
    expect(slowCalls(await collectWith(collector, database.url), database)).toBe(5)
  })

  test('a role that may not see all statements gets no made-up totals, and another database without the extension nothing', async () => {
    await using database = await createDatabase({ major })
    expect(await collectWith(begin(), database.url)).toEqual([])
    await execute(database.url, 'CREATE EXTENSION pg_stat_statements', 'SELECT 1')
    const role = `r_${database.name}`
    await execute(database.adminUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
    onTestFinished(() => execute(database.adminUrl, `DROP ROLE ${role}`))
    const url = Object.assign(new URL(database.url), { username: role, password: 'x' }).href
    const series = await collectWith(begin(), url)
    expect(valueIn(series, 'pg_stat_statements_entries')).toBeGreaterThan(0)
    expect(series.filter(({ name }) => /_all_total|slow_calls/.test(name))).toEqual([])
  })
})

test('of 9, 10 and 11 slow calls among a thousand quick ones, each is counted once', async () => {
  await using database = await createDatabase()
  await execute(database.url, 'CREATE EXTENSION pg_stat_statements')
  const collector = begin()
  const counted = async () => slowCalls(await collectWith(collector, database.url), database)
  expect(await counted()).toBe(0)
  const quick = Promise.all(
    Array.from({ length: 25 }, () => execute(database.url, ...Array<string>(40).fill(QUICK))),
  )
  let before = 0
  for (const calls of [9, 10, 11]) {
    await Promise.all(Array.from({ length: calls }, () => execute(database.url, SLOW)))
    const now = await counted()
    expect((now ?? Number.NaN) - before).toBe(calls)
    before = now ?? Number.NaN
  }
  await quick
  expect(await counted()).toBe(30)
})
