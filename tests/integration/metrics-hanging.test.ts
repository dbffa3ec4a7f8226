import { kill } from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { Monitor } from '../../runner/metrics/collection/monitor.ts'
import { Session } from '../../runner/metrics/collection/session.ts'
import { type Collector, defineCollector } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { UNHURRIED_MS } from '../harness/exporter.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'

/** Collectors made for the purpose, run as the real ones are. */
function monitorOf(database: TestDatabase, ...collectors: readonly Collector[]): Monitor {
  const session = new Session(
    {
      url: new Secret(database.url),
      setting: 'databaseUrl',
      applicationName: 'howdah/serve',
      connectTimeoutMs: 5000,
    },
    systemClock,
  )
  const monitor = new Monitor({
    session,
    collectors,
    folder: undefined,
    version: '0.0.0-test',
    quickMs: UNHURRIED_MS,
    runtime: quietRuntime(),
  })
  onTestFinished(() => monitor.close())
  return monitor
}

const one = (name: string, sql = 'SELECT 1') =>
  defineCollector({
    name,
    metrics: { [`test_${name}`]: gauge('A test.') },
    collect: async (connection, _facts, emit) => {
      await connection.run(sql)
      emit(`test_${name}`, 1)
    },
  })

async function outcomesOf(monitor: Monitor, budgetMs = 5000): Promise<Record<string, string>> {
  const { outcomes } = await monitor.scrape(budgetMs)
  return Object.fromEntries(outcomes.map(({ name, failure }) => [name, failure ?? 'ok']))
}

const sessionsOf = (database: TestDatabase) =>
  query<{ pid: number; state: string }>(
    database.adminUrl,
    `SELECT pid, state FROM pg_stat_activity WHERE datname = $1 AND application_name = 'howdah/serve'`,
    [database.name],
  )

test('a collector that takes too long is cancelled by the server, and the next ones run over the same session', async () => {
  await using database = await createDatabase()
  const slow = { ...one('slow', 'SELECT pg_sleep(60)'), timeoutMs: 200 }
  const monitor = monitorOf(database, one('before'), slow, one('after'))
  const outcomes = await outcomesOf(monitor)
  expect(outcomes).toEqual({ before: 'ok', slow: expect.stringContaining('statement timeout'), after: 'ok' })
  const [session, ...others] = await sessionsOf(database)
  expect(others).toEqual([])
  expect(session?.state).toBe('idle')
  await outcomesOf(monitor)
  expect((await sessionsOf(database)).map(({ pid }) => pid)).toEqual([session?.pid])
})

test('a server process that hangs costs its collector and no other, and its session is given up', async () => {
  await using database = await createDatabase()
  let stopped = 0
  const hanging = defineCollector({
    name: 'hanging',
    timeoutMs: 300,
    metrics: { test_hanging: gauge('A test.') },
    collect: async (connection, _facts, emit) => {
      stopped = connection.processId ?? 0
      kill(stopped, 'SIGSTOP')
      await connection.run('SELECT 1')
      emit('test_hanging', 1)
    },
  })
  const monitor = monitorOf(database, one('before'), hanging, one('after'))
  try {
    const { snapshot, outcomes, down } = await monitor.scrape(5000)
    expect(outcomes.map(({ name, failure }) => [name, failure === undefined])).toEqual([
      ['before', true],
      ['hanging', false],
      ['after', true],
    ])
    expect(down).toBeUndefined()
    expect(snapshot.map(({ name }) => name)).toEqual(expect.arrayContaining(['test_before', 'test_after']))
    expect(snapshot.map(({ name }) => name)).not.toContain('test_hanging')
  } finally {
    kill(stopped, 'SIGCONT')
  }
  await expect.poll(async () => (await sessionsOf(database)).map(({ pid }) => pid)).not.toContain(stopped)
})

test('a statement the server does not end by itself is cancelled, and does not run on behind our back', async () => {
  await using database = await createDatabase()
  const stubborn = defineCollector({
    name: 'stubborn',
    timeoutMs: 200,
    metrics: { test_stubborn: gauge('A test.') },
    collect: async connection => {
      await connection.run('SET LOCAL statement_timeout = 0')
      await connection.run('SELECT pg_sleep(60)')
    },
  })
  const outcomes = await outcomesOf(monitorOf(database, stubborn, one('after')))
  expect(outcomes).toEqual({ stubborn: expect.stringContaining('did not answer'), after: 'ok' })
  await expect
    .poll(async () => (await sessionsOf(database)).filter(({ state }) => state === 'active'))
    .toEqual([])
})

test('a collector does not queue for a lock for longer than a moment', async () => {
  await using database = await createDatabase()
  await execute(database.url, 'CREATE TABLE busy (i int)')
  await using holder = await connect({
    url: new Secret(database.url),
    setting: 'databaseUrl',
    applicationName: 'holder',
    connectTimeoutMs: 5000,
  })
  await holder.run('BEGIN')
  await holder.run('LOCK TABLE busy IN ACCESS EXCLUSIVE MODE')
  const monitor = monitorOf(database, one('waiting', 'SELECT count(*) FROM busy'), one('after'))
  expect(await outcomesOf(monitor)).toEqual({
    waiting: expect.stringContaining('lock timeout'),
    after: 'ok',
  })
})

test('what the deadline leaves no time for is marked as failed, and nothing goes on in the server', async () => {
  await using database = await createDatabase()
  const slow = { ...one('slow', 'SELECT pg_sleep(60)'), timeoutMs: 60_000 }
  const monitor = monitorOf(database, one('before'), slow, one('after'))
  const outcomes = await outcomesOf(monitor, 500)
  expect(outcomes.before).toBe('ok')
  expect(outcomes.slow).toMatch(/statement timeout|did not answer/)
  expect(outcomes.after).toMatch(/deadline|did not answer|timeout/)
  await expect
    .poll(async () => (await sessionsOf(database)).filter(({ state }) => state === 'active'))
    .toEqual([])
})

test('a collector cannot write', async () => {
  await using database = await createDatabase()
  const monitor = monitorOf(database, one('writer', 'CREATE TABLE t (i int)'), one('after'))
  expect(await outcomesOf(monitor)).toEqual({
    writer: expect.stringContaining('read-only transaction'),
    after: 'ok',
  })
})

test('a collector that gives a series twice fails as a whole, since Prometheus would refuse the page', async () => {
  await using database = await createDatabase()
  const twice = defineCollector({
    name: 'twice',
    metrics: { test_twice: gauge('A test.', ['a']) },
    collect: async (_connection, _facts, emit) => {
      emit('test_twice', 1, { a: 'x' })
      emit('test_twice', 2, { a: 'x' })
    },
  })
  const monitor = monitorOf(database, twice, one('after'))
  expect(await outcomesOf(monitor)).toEqual({
    twice: expect.stringContaining('series twice'),
    after: 'ok',
  })
})

test('callers at the same time get the very same collection, and the database is asked once', async () => {
  await using database = await createDatabase()
  let runs = 0
  const counted = defineCollector({
    name: 'counted',
    metrics: { test_counted: gauge('A test.') },
    collect: async (connection, _facts, emit) => {
      runs += 1
      await connection.run('SELECT pg_sleep(0.1)')
      emit('test_counted', 1)
    },
  })
  const monitor = monitorOf(database, counted)
  const collections = await Promise.all(Array.from({ length: 50 }, () => monitor.scrape(5000)))
  expect(new Set(collections).size).toBe(1)
  expect(runs).toBe(1)
  await monitor.scrape(5000)
  expect(runs).toBe(2)
})

test('a failing collector is logged when it begins to fail and when it works again, not at every scrape', async () => {
  await using database = await createDatabase()
  const events: string[] = []
  const record = (_level: unknown, name: string) => void events.push(name)
  const log = {
    event: record,
    debug: () => undefined,
    info: (name: string) => void events.push(name),
    warn: (name: string) => void events.push(name),
    error: (name: string) => void events.push(name),
  }
  let broken = true
  const flaky = defineCollector({
    name: 'flaky',
    metrics: { test_flaky: gauge('A test.') },
    collect: async (connection, _facts, emit) => {
      await connection.run(broken ? 'SELECT 1/0' : 'SELECT 1')
      emit('test_flaky', 1)
    },
  })
  const session = new Session(
    { url: new Secret(database.url), setting: 'x', applicationName: 'howdah/serve', connectTimeoutMs: 5000 },
    systemClock,
  )
  const runtime = quietRuntime({ log })
  const monitor = new Monitor({
    session,
    collectors: [flaky],
    folder: undefined,
    version: '0',
    quickMs: UNHURRIED_MS,
    runtime,
  })
  onTestFinished(() => monitor.close())
  await monitor.scrape(5000)
  await monitor.scrape(5000)
  broken = false
  await monitor.scrape(5000)
  await monitor.scrape(5000)
  expect(events).toEqual(['metrics.collector-failed', 'metrics.collector-recovered'])
})
