import { expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import type { Collector } from '../../runner/metrics/collector.ts'
import { COLLECTORS } from '../../runner/metrics/collectors/registry.ts'
import { roleWith } from '../harness/collectors.ts'
import { exporterOf, successOf } from '../harness/exporter.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { folderWith, HISTORY } from '../harness/metrics-folder.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const registry: readonly Collector[] = COLLECTORS
const names = (series: readonly Series[]) => new Set(series.map(({ name }) => name))
/** More than any tier keeps its samples for, in seconds. */
const LONG = 1000

/** Metrics of a page that belong to a collector. */
const ofCollectors = (series: readonly Series[]) =>
  registry.flatMap(({ metrics }) => Object.keys(metrics)).filter(name => names(series).has(name))

test('whichever collector fails after all its work was done takes its own metrics along and nothing else', async () => {
  await using database = await createDatabase()
  await execute(database.url, 'CREATE EXTENSION pg_stat_statements', 'CREATE TABLE t (id serial PRIMARY KEY)')
  let broken = ''
  const breakable = registry.map(
    (collector): Collector => ({
      ...collector,
      collect: async (connection, facts) => {
        const findings = await collector.collect(connection, facts)
        if (collector.name === broken) await connection.run('SELECT 1/0')
        return findings
      },
    }),
  )
  // Without `begin`, so that what remembers is broken like the others.
  const { scrape, pass } = exporterOf(database.url, ...breakable.map(({ begin, ...rest }) => rest))
  const whole = await scrape()
  expect(failedCollectors(whole)).toEqual([])
  const asked = registry.filter(({ name }) => successOf(whole, name) === 1)
  expect(asked.length).toBeGreaterThan(30)
  for (const { name, metrics, tier } of asked) {
    broken = name
    // Samples of slower tiers outlive a failure for a while.
    if (tier !== undefined) pass(LONG)
    const page = await scrape()
    expect(failedCollectors(page)).toEqual([name])
    expect(ofCollectors(page)).toEqual(ofCollectors(whole).filter(metric => !(metric in metrics)))
    expect(valueIn(page, 'pg_scrape_series', { collector: name })).toBe(0)
    expect([valueIn(page, 'pg_up'), valueIn(page, 'pg_exporter_last_scrape_error')]).toEqual([1, 1])
  }
})

test('a privilege that is taken away costs the collectors that need it, and they are back when it is', async () => {
  await using database = await createDatabase()
  const url = await roleWith(database, 'pg_monitor')
  const role = new URL(url).username
  const privileges = [
    { collector: 'archiver', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_stat_archiver' },
    { collector: 'bgwriter', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_stat_bgwriter' },
    { collector: 'checkpointer', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_stat_checkpointer' },
    { collector: 'wal', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_stat_wal' },
    { collector: 'io', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_stat_io' },
    { collector: 'prepared-transactions', to: 'PUBLIC', what: 'SELECT ON pg_catalog.pg_prepared_xacts' },
    { collector: 'migrations', to: role, what: 'SELECT ON public._prisma_migrations' },
  ]
  await execute(database.url, HISTORY, `GRANT SELECT ON _prisma_migrations TO ${role}`)
  const server = await serveMetrics(url, { folder: await folderWith('1_a') })
  for (const { collector, to, what } of privileges) {
    await execute(database.url, `REVOKE ${what} FROM ${to}`)
    // A new exporter, since one that knows the samples of slower tiers keeps them for a while.
    const fresh = await serveMetrics(url, { folder: await folderWith('1_a') })
    const page = await scrape(fresh)
    await fresh.close()
    // The horizon looks at prepared transactions as well.
    const also = collector === 'prepared-transactions' ? ['xmin-horizon', collector] : [collector]
    expect(failedCollectors(page)).toEqual(also)
    const { metrics = {} } = registry.find(({ name }) => name === collector) ?? {}
    expect(Object.keys(metrics).filter(name => names(page).has(name))).toEqual([])
    await execute(database.url, `GRANT ${what} TO ${to}`)
  }
  expect(failedCollectors(await scrape(server))).toEqual([])
  await server.close()
  await execute(database.url, `DROP OWNED BY ${role}`)
})

test('an extension that is dropped takes its metrics along and fails nothing', async () => {
  await using database = await createDatabase()
  await execute(database.url, 'CREATE EXTENSION pg_stat_statements')
  const { scrape, pass } = exporterOf(database.url, ...registry)
  const statements = (series: readonly Series[]) =>
    [...names(series)].filter(name => name.startsWith('pg_stat_statements_')).length
  expect(statements(await scrape())).toBeGreaterThan(5)
  await execute(database.url, 'DROP EXTENSION pg_stat_statements')
  pass(31)
  const page = await scrape()
  expect([statements(page), failedCollectors(page)]).toEqual([0, []])
})

test('while the database is away the page has everything that is known without it', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const server = await serveMetrics(proxy.throughProxy(database.url))
  const before = await scrape(server)
  await proxy.stop()
  const page = await scrape(server)
  expect(valueIn(page, 'pg_up')).toBe(0)
  expect(ofCollectors(page)).toEqual([])
  const own = (series: readonly Series[]) =>
    [...names(series)].filter(name =>
      /^(pg_exporter|pg_probe|howdah_build|process|nodejs_(heap|version))_/.test(name),
    )
  expect(own(page)).toEqual(own(before))
  const lasting = /^pg_scrape_(collector_(last_success|timeouts|skipped)|series_dropped|databases)/
  const kept = (series: readonly Series[]) => [...names(series)].filter(name => lasting.test(name)).sort()
  expect(kept(page)).toEqual(kept(before))
  expect(kept(page)).toHaveLength(6)
})

test('fifty scrapes at once ask each collector no more than one does, and say what SQL says', async () => {
  // A server of its own: on the one that all suites share, somebody else resets what is counted here.
  const releases = new ReleaseStack()
  onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
  const settings = { shared_preload_libraries: 'pg_stat_statements' }
  const { url: own } = await startThrowAwayServer({ major: 18, settings, volatile: true }, releases)
  const database = { url: own, adminUrl: own, name: 'postgres', [Symbol.asyncDispose]: async () => undefined }
  const url = await roleWith(database, 'pg_monitor')
  const role = new URL(url).username
  await execute(
    database.url,
    'CREATE EXTENSION pg_stat_statements',
    'CREATE TABLE t (id serial PRIMARY KEY)',
    'INSERT INTO t SELECT FROM generate_series(1, 123)',
    'SELECT pg_stat_force_next_flush()',
    `GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  )
  const { scrape, pass } = exporterOf(url, ...registry)
  await scrape()
  /** How often each statement of the exporter ran, by its id. */
  const callsIn = async (work: () => Promise<readonly Series[][]>) => {
    await execute(
      database.url,
      `SELECT pg_stat_statements_reset((SELECT oid FROM pg_roles WHERE rolname = '${role}'))`,
    )
    pass(LONG)
    const pages = await work()
    const calls = await query<{ id: string; calls: number }>(
      database.url,
      `SELECT queryid::text AS id, sum(calls)::int AS calls FROM pg_stat_statements
        WHERE userid = (SELECT oid FROM pg_roles WHERE rolname = '${role}') GROUP BY 1 ORDER BY 1`,
    )
    return { pages, calls }
  }
  const one = await callsIn(async () => [await scrape()])
  const fifty = await callsIn(() => Promise.all(Array.from({ length: 50 }, () => scrape())))
  expect(one.calls.length).toBeGreaterThan(30)
  expect(fifty.calls).toEqual(one.calls)
  const [row] = await query<{ inserted: number; tables: number; size: number }>(
    database.url,
    `SELECT n_tup_ins::int AS inserted, (SELECT count(*)::int FROM pg_stat_user_tables) AS tables,
            max_connections.setting::int AS size
       FROM pg_stat_user_tables, pg_settings AS max_connections WHERE relname = 't' AND name = 'max_connections'`,
  )
  for (const page of fifty.pages) {
    expect(valueIn(page, 'pg_stat_user_tables_n_tup_ins', { relname: 't' })).toBe(row?.inserted)
    expect(valueIn(page, 'pg_user_tables_count', { datname: database.name })).toBe(row?.tables)
    expect(valueIn(page, 'pg_settings_max_connections')).toBe(row?.size)
  }
  expect(row?.inserted).toBe(123)
  await execute(database.url, `DROP OWNED BY ${role}`)
})
