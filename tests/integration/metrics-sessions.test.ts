import { expect, onTestFinished, test } from 'vitest'
import { defineCollector, type Tier } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import { counting, exporterOf, successOf } from '../harness/exporter.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'

/** A collector that runs until somebody else has come to a point, and says over which session it did. */
function meeting(name: string, tier: Tier | undefined, until: Promise<void>, reached: () => void) {
  let session: number | null = null
  const collector = defineCollector({
    name,
    ...(tier && { tier }),
    metrics: { [`test_${name}`]: gauge('A test.') },
    collect: async (connection, _facts, emit) => {
      reached()
      await until
      session = connection.processId
      emit(`test_${name}`, 1)
    },
  })
  return { collector, session: () => session }
}

test('the fast tier and the others go on side by side, each over a session of its own, and the page keeps the order of the registry', async () => {
  await using database = await createDatabase()
  const [slowBegun, fastBegun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // Each waits for the other to have begun: one after the other, either would run out of time.
  const slow = meeting('slow', 'slow', fastBegun.promise, slowBegun.resolve)
  const fast = meeting('fast', undefined, slowBegun.promise, fastBegun.resolve)
  const medium = counting('medium', 'medium')
  const { scrape } = exporterOf(database.url, slow.collector, fast.collector, medium.collector)
  const series = await scrape()
  expect(['slow', 'fast', 'medium'].map(name => successOf(series, name))).toEqual([1, 1, 1])
  expect(slow.session()).not.toBe(fast.session())
  expect(series.filter(({ name }) => name.startsWith('test_')).map(({ name }) => name)).toEqual([
    'test_slow',
    'test_fast',
    'test_medium',
  ])
})

test('without a connection for the second session the fast tier works, and the others are failed and stale until there is one', async () => {
  await using database = await createDatabase()
  const role = `lonely_${database.name}`
  await execute(database.adminUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
  onTestFinished(() => execute(database.adminUrl, `DROP ROLE ${role}`))
  const url = new URL(database.url)
  ;[url.username, url.password] = [role, 'x']
  const [fast, slow] = [counting('fast'), counting('slow', 'slow')]
  const { scrape, pass } = exporterOf(url.href, fast.collector, slow.collector)
  const state = async () => {
    const series = await scrape()
    const values = ['fast', 'slow'].map(name => valueIn(series, `test_${name}`))
    return [...values, successOf(series, 'fast'), successOf(series, 'slow'), valueIn(series, 'pg_up')]
  }
  expect(await state()).toEqual([1, 1, 1, 1, 1])
  // The second session ends, and there is no place for another.
  await execute(
    database.adminUrl,
    `ALTER ROLE ${role} CONNECTION LIMIT 1`,
    `SELECT pg_terminate_backend(max(pid)) FROM (SELECT pid FROM pg_stat_activity
      WHERE usename = '${role}' ORDER BY backend_start DESC LIMIT 1) AS second`,
  )
  pass(301)
  expect(await state()).toEqual([2, 1, 1, 0, 1])
  await execute(database.adminUrl, `ALTER ROLE ${role} CONNECTION LIMIT 2`)
  pass(31)
  expect(await state()).toEqual([3, 2, 1, 1, 1])
})

test('a second session that died unnoticed is replaced within the scrape that finds out', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const slow = counting('slow', 'slow')
  const { scrape, pass } = exporterOf(proxy.throughProxy(database.url), slow.collector)
  await scrape()
  for (const death of ['resetOnUse', 'forget'] as const) {
    proxy[death]()
    pass(301)
    expect(successOf(await scrape(), 'slow')).toBe(1)
  }
  expect(slow.asked.times).toBe(3)
})

test('timeouts, runs put off, series and the last success are told of each collector', async () => {
  await using database = await createDatabase()
  let sql = 'SELECT 1'
  const hanging = { ...counting('hanging', undefined, () => sql).collector, timeoutMs: 200 }
  const costly = counting('costly', 'slow', () => 'SELECT pg_sleep(0.4)').collector
  const { scrape, pass } = exporterOf(database.url, hanging, costly)
  const told = (series: readonly Series[], collector: string) => ({
    timeouts: valueIn(series, 'pg_scrape_collector_timeouts_total', { collector }),
    noRoom: valueIn(series, 'pg_scrape_collector_skipped_total', { collector, reason: 'no_room' }),
    deadline: valueIn(series, 'pg_scrape_collector_skipped_total', { collector, reason: 'deadline' }),
    series: valueIn(series, 'pg_scrape_series', { collector }),
  })
  const lastSuccess = (series: readonly Series[]) =>
    valueIn(series, 'pg_scrape_collector_last_success_timestamp_seconds', { collector: 'hanging' })
  const first = await scrape()
  const well = { timeouts: 0, noRoom: 0, deadline: 0, series: 1 }
  expect([told(first, 'hanging'), told(first, 'costly')]).toEqual([well, well])
  expect(Math.abs((lastSuccess(first) ?? 0) - Date.now() / 1000)).toBeLessThan(60)
  sql = 'SELECT pg_sleep(60)'
  pass(301)
  const second = await scrape(600)
  expect(told(second, 'hanging')).toEqual({ ...well, timeouts: 1, series: 0 })
  expect(told(second, 'costly')).toEqual({ ...well, noRoom: 1 })
  expect(lastSuccess(second)).toBe(lastSuccess(first))
  sql = 'SELECT 1/0'
  pass(60)
  const third = await scrape()
  // Failing is not taking too long.
  expect(told(third, 'hanging')).toEqual({ ...well, timeouts: 1, series: 0 })
  sql = 'SELECT 1'
  expect(lastSuccess(await scrape())).toBeGreaterThan((lastSuccess(first) ?? 0) + 300)
})
