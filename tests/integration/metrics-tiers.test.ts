import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { escapeIdentifier } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { defineCollector, type Tier } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import {
  ageOf,
  counting,
  droppedOf,
  exporterOf,
  exporterWith,
  handClock,
  successOf,
} from '../harness/exporter.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

describe.each(MAJORS)('on Postgres %i', major => {
  test('the sizes of databases are asked for once in five minutes, and their age is on the page', async () => {
    await using database = await createDatabase({ major })
    const { clock, pass } = handClock()
    const server = await serveMetrics(database.url, { runtime: quietRuntime({ clock }) })
    const first = await scrape(server)
    expect(valueIn(first, 'pg_database_size_bytes', { datname: database.name })).toBeGreaterThan(1_000_000)
    expect(ageOf(first, 'database-size')).toBeLessThan(60)
    expect(droppedOf(first, 'database-size')).toBe(0)
    expect(ageOf(first, 'activity')).toBeUndefined()

    const younger = `${database.name} "younger" \\ ü`
    await execute(database.adminUrl, `CREATE DATABASE ${escapeIdentifier(younger)}`)
    onTestFinished(() =>
      execute(database.adminUrl, `DROP DATABASE ${escapeIdentifier(younger)} WITH (FORCE)`),
    )
    pass(200)
    const second = await scrape(server)
    expect(ageOf(second, 'database-size')).toBeGreaterThanOrEqual(200)
    expect(successOf(second, 'database-size')).toBe(1)
    expect(valueIn(second, 'pg_stat_activity_count', { datname: younger, state: 'idle' })).toBe(0)
    expect(valueIn(second, 'pg_database_size_bytes', { datname: younger })).toBeUndefined()
    expect(valueIn(second, 'pg_database_size_bytes', { datname: database.name })).toBe(
      valueIn(first, 'pg_database_size_bytes', { datname: database.name }),
    )

    pass(100)
    const third = await scrape(server)
    expect(ageOf(third, 'database-size')).toBeLessThan(60)
    expect(valueIn(third, 'pg_database_size_bytes', { datname: younger })).toBeGreaterThan(0)
  })
})

test('a page does not wait for all that was never asked: it comes in the scrapes that follow, and within a minute', async () => {
  await using database = await createDatabase()
  const sleeping = (name: string) => counting(name, 'slow', () => 'SELECT pg_sleep(0.2)').collector
  const names = ['one', 'two', 'three', 'four', 'five']
  const { scrape, pass } = exporterWith({
    url: database.url,
    collectors: [...names.map(sleeping), counting('quick').collector],
    quickMs: 100,
  })
  const told = (series: readonly Series[]) => ({
    pending: names.filter(collector => valueIn(series, 'pg_scrape_collector_pending', { collector }) === 1),
    succeeded: names.filter(collector => successOf(series, collector) === 1),
    shown: names.filter(name => valueIn(series, `test_${name}`) !== undefined),
    error: valueIn(series, 'pg_exporter_last_scrape_error'),
  })
  const known = (count: number) => ({
    pending: names.slice(count),
    succeeded: names.slice(0, count),
    shown: names.slice(0, count),
    error: 0,
  })
  expect(told(await scrape())).toEqual(known(1))
  pass(15)
  expect(told(await scrape())).toEqual(known(2))
  pass(45)
  expect(told(await scrape())).toEqual(known(5))
  // In a cache that is warm each has its turn one after the other, too, and the samples stay meanwhile.
  pass(301)
  const later = await scrape()
  expect(told(later)).toEqual(known(5))
  expect(names.filter(name => (ageOf(later, name) ?? 0) < 60)).toHaveLength(1)
})

test('each tier is asked at its own pace, and many scrapes at once ask no more than one', async () => {
  await using database = await createDatabase()
  const [fast, medium, slow] = [
    counting('fast', undefined),
    counting('medium', 'medium'),
    counting('slow', 'slow'),
  ]
  const { scrape, pass } = exporterOf(database.url, slow.collector, medium.collector, fast.collector)
  for (let i = 0; i < 21; i += 1) {
    await Promise.all([scrape(), scrape(), scrape()])
    pass(15)
  }
  // 0 to 300 s and a little of real time: every 15 s; at 0, 30, … 300; at 0 and 300.
  expect([fast, medium, slow].map(({ asked }) => asked.times)).toEqual([21, 11, 2])
})

test('a failed refresh keeps the last samples, as failed and ageing, until they are three intervals old', async () => {
  await using database = await createDatabase()
  let sql = 'SELECT 1'
  const { collector, asked } = counting('flaky', 'medium', () => sql)
  const { scrape, pass } = exporterOf(database.url, collector, counting('after', undefined).collector)
  await scrape()
  sql = 'SELECT 1/0'
  pass(31)
  const failing = await scrape()
  expect(asked.times).toBe(2)
  expect([valueIn(failing, 'test_flaky'), successOf(failing, 'flaky')]).toEqual([1, 0])
  expect(ageOf(failing, 'flaky')).toBeGreaterThanOrEqual(31)
  expect(valueIn(failing, 'pg_exporter_last_scrape_error')).toBe(1)
  // Not asked again yet, and failed all the same.
  pass(15)
  const waiting = await scrape()
  expect(asked.times).toBe(2)
  expect([valueIn(waiting, 'test_flaky'), successOf(waiting, 'flaky')]).toEqual([1, 0])
  pass(45)
  const gone = await scrape()
  expect(asked.times).toBe(3)
  expect([valueIn(gone, 'test_flaky'), successOf(gone, 'flaky'), ageOf(gone, 'flaky')]).toEqual([
    undefined,
    0,
    undefined,
  ])
  expect(valueIn(gone, 'test_after')).toBe(4)
  sql = 'SELECT 1'
  pass(31)
  const back = await scrape()
  expect([valueIn(back, 'test_flaky'), successOf(back, 'flaky')]).toEqual([4, 1])
})

test('a slow collector the rest of a scrape has no room for is put off, with its samples, and asked in the next one that has', async () => {
  await using database = await createDatabase()
  const { collector, asked } = counting('costly', 'slow', () => 'SELECT pg_sleep(0.4)')
  const { scrape, pass } = exporterOf(database.url, counting('before', undefined).collector, collector)
  await scrape()
  pass(301)
  const short = await scrape(600)
  expect(asked.times).toBe(1)
  expect([valueIn(short, 'test_before'), valueIn(short, 'test_costly')]).toEqual([2, 1])
  expect(successOf(short, 'costly')).toBe(1)
  expect(ageOf(short, 'costly')).toBeGreaterThanOrEqual(301)
  const long = await scrape()
  expect(asked.times).toBe(2)
  expect(valueIn(long, 'test_costly')).toBe(2)
})

test('a slow collector that hangs takes nothing from the fast tier, and keeps its time limit for half a minute', async () => {
  await using database = await createDatabase()
  let sql = 'SELECT 1'
  const hanging = counting('hanging', 'slow', () => sql)
  const fast = counting('fast', undefined)
  const limited = { ...hanging.collector, timeoutMs: 300 }
  const { scrape, pass } = exporterOf(database.url, limited, fast.collector)
  await scrape()
  sql = 'SELECT pg_sleep(60)'
  pass(301)
  const series = await scrape()
  expect([valueIn(series, 'test_fast'), valueIn(series, 'test_hanging')]).toEqual([2, 1])
  expect([successOf(series, 'fast'), successOf(series, 'hanging')]).toEqual([1, 0])
  for (let i = 0; i < 3; i += 1) await scrape()
  expect([fast.asked.times, hanging.asked.times]).toEqual([5, 2])
  pass(31)
  await scrape()
  expect(hanging.asked.times).toBe(3)
})

test('a collector with more series than it may have keeps the first, and every run counts the others', async () => {
  await using database = await createDatabase()
  const many = (name: string, tier: Tier, maxSeries?: number) =>
    defineCollector({
      name,
      tier,
      ...(maxSeries !== undefined && { maxSeries }),
      metrics: { [`test_${name}`]: gauge('A test.', ['i']) },
      collect: async (connection, _facts, emit) => {
        const rows = await connection.rows<{ i: number }>('SELECT i::int FROM generate_series(1, 2003) i')
        for (const { i } of rows) emit(`test_${name}`, i, { i: `${i}` })
      },
    })
  const { scrape, pass } = exporterOf(
    database.url,
    many('bounded', 'fast', 3),
    many('default', 'medium'),
    many('roomy', 'fast', 2003),
    { ...counting('elsewhere', undefined).collector, appliesTo: () => false },
  )
  const first = await scrape()
  const valuesOf = (name: string) => first.filter(one => one.name === name).map(({ value }) => value)
  expect(valuesOf('test_bounded')).toEqual([1, 2, 3])
  expect(valuesOf('test_default')).toHaveLength(2000)
  expect(valuesOf('test_roomy')).toHaveLength(2003)
  const dropped = (series: readonly Series[]) =>
    ['bounded', 'default', 'roomy', 'elsewhere'].map(name => droppedOf(series, name))
  expect(dropped(first)).toEqual([2000, 3, 0, 0])
  // What the cache answers is not counted again.
  expect(dropped(await scrape())).toEqual([4000, 3, 0, 0])
  pass(31)
  expect(dropped(await scrape())).toEqual([6000, 6, 0, 0])
})

test('while the server is away nothing of the cache is shown, and it is there again when the same server is', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const { collector, asked } = counting('kept', 'slow')
  const { scrape, pass } = exporterOf(proxy.throughProxy(database.url), collector)
  await scrape()
  await proxy.stop()
  const down = await scrape()
  expect([valueIn(down, 'pg_up'), valueIn(down, 'test_kept'), ageOf(down, 'kept')]).toEqual([
    0,
    undefined,
    undefined,
  ])
  expect(droppedOf(down, 'kept')).toBe(0)
  await proxy.resume()
  pass(60)
  const up = await scrape()
  expect([valueIn(up, 'pg_up'), valueIn(up, 'test_kept'), asked.times]).toEqual([1, 1, 1])
  expect(ageOf(up, 'kept')).toBeGreaterThanOrEqual(60)
})

test('a database made anew under the same name is asked at once', async () => {
  await using database = await createDatabase()
  const { collector, asked } = counting('sized', 'slow')
  const { scrape, pass } = exporterOf(database.url, collector)
  await scrape()
  await scrape()
  expect(asked.times).toBe(1)
  await execute(database.adminUrl, `DROP DATABASE ${database.name} WITH (FORCE)`)
  await execute(database.adminUrl, `CREATE DATABASE ${database.name}`)
  pass(10)
  expect(valueIn(await scrape(), 'test_sized')).toBe(2)
})

test('a restart and a promotion each drop the cache, also when a health check saw them first', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
  const server = await startThrowAwayServer({ major: 18, settings: {}, volatile: true }, releases)
  const { collector, asked } = counting('sized', 'slow')
  const { scrape, pass, check } = exporterOf(server.url, collector)
  await scrape()
  const [row] = await query<{ data_directory: string }>(server.url, 'SHOW data_directory')
  const restart = async () => {
    await server.crash()
    await server.restart()
    pass(10)
    await expect.poll(check).toBeUndefined()
  }
  const values = async () => [valueIn(await scrape(), 'test_sized'), asked.times]
  await restart()
  expect(await values()).toEqual([2, 2])
  expect(await values()).toEqual([2, 2])
  await writeFile(join(row?.data_directory ?? '', 'standby.signal'), '')
  await restart()
  expect(await values()).toEqual([3, 3])
  await execute(server.url, 'SELECT pg_promote()')
  expect(await values()).toEqual([4, 4])
  expect(await values()).toEqual([4, 4])
})
