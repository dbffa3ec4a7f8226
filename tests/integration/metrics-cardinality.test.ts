import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { defineCollector } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import { droppedOf, exporterOfDatabases } from '../harness/exporter.ts'
import { valueIn } from '../harness/exposition.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const MOST = 5000

/** A collector of database scope with so many series in each. */
const giving = (name: string, series: number) =>
  defineCollector({
    name,
    scope: 'database',
    metrics: { [`test_${name}`]: gauge('A test.', ['datname', 'i']) },
    collect: async (connection, _facts, emit) => {
      for (let i = 0; i < series; i += 1)
        emit(`test_${name}`, i, { datname: connection.target.database, i: `${i}` })
    },
  })

test('a page has no more series than it may, who has few gives all of them, and what is left out is counted', async () => {
  await using main = await createDatabase()
  await using second = await createDatabase()
  await using third = await createDatabase()
  const collectors = [giving('first', 10), giving('second', 1900), giving('last', 10)]
  const { scrape } = exporterOfDatabases(main.url, [second.name, third.name], ...collectors)
  const page = await scrape()
  expect(page.length).toBe(4800)
  const shown = ['first', 'second', 'last'].map(
    name => page.filter(series => series.name === `test_${name}`).length,
  )
  expect(shown[0]).toBe(30)
  expect(shown[2]).toBe(30)
  // The first database comes first.
  const seconds = (datname: string) =>
    page.filter(({ name, labels }) => name === 'test_second' && labels.datname === datname)
  expect([main, second, third].map(({ name }) => seconds(name).length)).toEqual([
    1900,
    1900,
    (shown[1] ?? 0) - 3800,
  ])
  const told = (name: string) => valueIn(page, 'pg_scrape_series', { collector: name })
  expect(['first', 'second', 'last'].map(told)).toEqual(shown)
  expect(['first', 'second', 'last'].map(name => droppedOf(page, name))).toEqual([
    0,
    5700 - (shown[1] ?? 0),
    0,
  ])
  expect(droppedOf(await scrape(), 'second')).toBeGreaterThan(5700 - (shown[1] ?? 0))
})

/** As many expressions as there are numbers: each bit is an operator, which tells statements apart. */
const statement = (number: number) =>
  `SELECT 1 ${Array.from({ length: 13 }, (_, bit) => ((number >> bit) & 1 ? '+ 1' : '- 1')).join(' ')};`

test('5,000 statements, 60 names of applications and 11 databases of 60 tables stay below the limit', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
  const settings = { shared_preload_libraries: 'pg_stat_statements', max_connections: '100' }
  const { url } = await startThrowAwayServer({ major: 18, settings, volatile: true }, releases)
  await execute(
    url,
    'CREATE EXTENSION pg_stat_statements',
    Array.from({ length: 5000 }, (_, number) => statement(number)).join('\n'),
    'CREATE DATABASE shape',
  )
  const shape = new URL(url)
  shape.pathname = '/shape'
  await execute(
    shape.href,
    Array.from({ length: 60 }, (_, i) => `CREATE TABLE t${i} (id serial PRIMARY KEY, name text);`).join('\n'),
    'ANALYZE',
  )
  for (let i = 0; i < 9; i += 1) await execute(url, `CREATE DATABASE d${i} TEMPLATE shape`)
  const clients = Array.from(
    { length: 60 },
    (_, i) => new Client({ connectionString: url, application_name: `app ${i}` }),
  )
  onTestFinished(async () => void (await Promise.all(clients.map(client => client.end()))))
  for (const client of clients) await client.connect()

  const server = await serveMetrics(url, { databases: ['auto'] })
  for (let i = 0; i < 2; i += 1) {
    const page = await scrape(server)
    expect(failedCollectors(page)).toEqual([])
    expect(page.length).toBeGreaterThan(4000)
    expect(page.length).toBeLessThanOrEqual(MOST)
    expect(valueIn(page, 'pg_scrape_databases')).toBe(10)
    expect(valueIn(page, 'pg_scrape_databases_left_out')).toBe(1)
    expect(valueIn(page, 'pg_stat_statements_entries')).toBeGreaterThan(4500)
    // 30 tables of each database, of which not all can be told.
    expect(droppedOf(page, 'tables')).toBeGreaterThan(1000)
    expect(
      page.filter(({ labels }) => Object.values(labels).some(value => value.startsWith('app '))),
    ).toEqual([])
    // What is one number of a database is there for each.
    expect(page.filter(({ name }) => name === 'howdah_ledger_version')).toHaveLength(10)
  }
})
