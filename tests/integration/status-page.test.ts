import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import type { MetricsServer } from '../../runner/metrics/metrics.ts'
import type { ServerStatus } from '../../runner/metrics/status/server-status.ts'
import { roleWith, untilTrue } from '../harness/collectors.ts'
import { handClock } from '../harness/exporter.ts'
import { valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, type Major } from '../harness/postgres.ts'
import { startPair } from '../harness/replica-pair.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const pageOf = async ({ url }: MetricsServer): Promise<string> => (await fetch(url)).text()

/** What `/status.json` says of the only server there is. */
async function statusOf({ url }: MetricsServer): Promise<ServerStatus> {
  const response = await fetch(`${url}/status.json`)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const document = (await response.json()) as { schemaVersion: number; servers: [ServerStatus] }
  expect(document).toMatchObject({ schemaVersion: 1, version: '0.0.0-test', generatedAt: expect.any(Number) })
  return document.servers[0]
}

/** A session that ends with the test. */
async function session(url: string, ...statements: readonly string[]): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  for (const statement of statements) await client.query(statement)
  return client
}

const scrapes = async (server: MetricsServer) =>
  valueIn(await scrape(server), 'pg_exporter_scrapes_total') ?? Number.NaN

/** Time that passes when the test says so, from the beginning of a step of the history on. */
function stoppedClock() {
  let ms = 0
  const clock = { ...systemClock, monotonicMs: () => ms, now: () => new Date(1_800_000_000_000 + ms) }
  const pass = (seconds: number) => {
    ms += seconds * 1000
  }
  return { clock, pass }
}

describe.each<Major>([15, 18])('on Postgres %i', major => {
  test('the page says who the server is, how many are connected, and whom locks hold up', async () => {
    await using database = await createDatabase({ major })
    await execute(database.url, 'CREATE TABLE t (a int)')
    const { clock, pass } = handClock()
    const server = await serveMetrics(database.url, { runtime: quietRuntime({ clock }) })
    const before = await statusOf(server)
    expect(before).toMatchObject({ state: 'up', reason: null, awaySince: null })
    expect(before.facts).toMatchObject({ role: 'primary', blockedSessions: 0, lagSeconds: 0, backup: null })
    expect(before.facts?.version).toMatch(new RegExp(`^${major}\\.\\d+$`))
    expect(before.facts?.databases.find(({ name }) => name === database.name)).toMatchObject({ sessions: 0 })
    expect(before.conditions.firing.map(({ alert }) => alert)).not.toContain('PgBlockedSessions')

    await session(database.url, 'BEGIN', 'LOCK TABLE t')
    const waiting = await Promise.all(Array.from({ length: 6 }, () => session(database.url)))
    for (const client of waiting) client.query('SELECT * FROM t').catch(() => undefined)
    await untilTrue(
      database.url,
      `SELECT count(*) = 6 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = $1`,
      [database.name],
    )
    pass(5)
    const after = await statusOf(server)
    expect(after.facts?.databases.find(({ name }) => name === database.name)).toMatchObject({ sessions: 7 })
    expect(after.facts?.blockedSessions).toBeGreaterThanOrEqual(6)
    expect(after.conditions.firing).toContainEqual(
      expect.objectContaining({ alert: 'PgBlockedSessions', severity: 'warning', subject: null }),
    )
    expect(await pageOf(server)).toContain('howdah runbook PgBlockedSessions')
  })
})

test('however often the page is loaded, the database is asked once in five seconds; a scrape counts as well', async () => {
  await using database = await createDatabase()
  const { clock, pass } = stoppedClock()
  const server = await serveMetrics(database.url, { runtime: quietRuntime({ clock }) })
  await Promise.all(Array.from({ length: 20 }, () => pageOf(server)))
  for (let n = 0; n < 5; n += 1) await pageOf(server)
  pass(6)
  // The first of them measures anew, and the second finds that fresh.
  for (let n = 0; n < 2; n += 1) await statusOf(server)
  expect(await scrapes(server)).toBe(3)
  for (let n = 0; n < 5; n += 1) await pageOf(server)
  expect(await scrapes(server)).toBe(4)
})

test('the last hour is made of scrapes and visits, with gaps where nobody looked', async () => {
  await using database = await createDatabase()
  const { clock, pass } = stoppedClock()
  const server = await serveMetrics(database.url, { runtime: quietRuntime({ clock }) })
  await scrape(server)
  pass(30)
  await pageOf(server)
  pass(120)
  const { series, stepSeconds } = (await statusOf(server)).history
  expect([stepSeconds, series.connections.length]).toEqual([15, 240])
  const measured = series.connections.map(value => value !== null)
  expect(measured.lastIndexOf(true)).toBe(239)
  expect(measured.filter(is => is)).toHaveLength(3)
  expect([measured[229], measured[231]]).toEqual([true, true])
})

test('when the server goes away the page says so at once, why and since when, and keeps what was known as old', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  const postgres = await startThrowAwayServer({ major: 18, settings: {}, volatile: true }, releases)
  const { password } = new URL(postgres.url)
  const { clock, pass } = handClock()
  const server = await serveMetrics(postgres.url, { runtime: quietRuntime({ clock }) })
  const up = await statusOf(server)
  expect(up.state).toBe('up')
  await postgres.crash()
  pass(6)
  const away = await statusOf(server)
  expect(away).toMatchObject({ state: 'away', reason: expect.stringContaining('127.0.0.1') })
  expect(away.conditions.firing.map(({ alert }) => alert)).toEqual(['PgDown'])
  expect(away.facts).toEqual(up.facts)
  expect(away.measuredAt).toBe(up.measuredAt)
  expect(away.history.away.at(-1)).toBe(true)
  pass(60)
  const later = await statusOf(server)
  expect(later.awaySince).toBe(away.awaySince)
  const page = await pageOf(server)
  expect(page).toContain('The server does not answer')
  expect(page).toContain('Connections (old)')
  for (const text of [page, JSON.stringify(later)]) expect(text).not.toContain(password)
  await postgres.restart()
  pass(60)
  expect(await statusOf(server)).toMatchObject({ state: 'up', reason: null, awaySince: null })
  expect(await pageOf(server)).not.toContain('(old)')
})

test('a wrong password is the reason, and is not shown', async () => {
  await using database = await createDatabase()
  const wrong = Object.assign(new URL(database.url), { password: 'hunter2' }).href
  const server = await serveMetrics(wrong)
  const page = await pageOf(server)
  expect(page).toContain('The server does not answer')
  expect(page).toContain('It has not answered since this process began to watch it.')
  expect(page).not.toContain('hunter2')
  expect(JSON.stringify(await statusOf(server))).not.toContain('hunter2')
})

test('a replica says that it is one and how far behind, and its primary that it is followed', async () => {
  const { primary, replica } = await startPair(18)
  await untilTrue(primary, `SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'`)
  const follower = await serveMetrics(replica)
  expect((await statusOf(follower)).facts).toMatchObject({ role: 'replica', lagSeconds: expect.any(Number) })
  expect(await pageOf(follower)).toContain('behind the primary')
  expect(await pageOf(await serveMetrics(primary))).toContain('primary; 1 replica streams')
})

test('to a role that may not see other sessions they are unknown, and what cannot be judged is named', async () => {
  await using database = await createDatabase()
  await session(database.url)
  const server = await serveMetrics(await roleWith(database))
  const { facts, conditions } = await statusOf(server)
  expect(facts?.longestTransactionSeconds).toBeNull()
  expect(facts?.connections).toBeGreaterThan(0)
  expect(conditions.undecided.map(({ alert }) => alert)).toContain('PgLongTransaction')
  expect(await pageOf(server)).toContain('(hidden from the role that monitors)')
})

test('the policy allows the style by its hash and no script, and nothing at all on the other pages', async () => {
  await using database = await createDatabase()
  const { url } = await serveMetrics(database.url)
  const policyOf = async (path: string) => (await fetch(url + path)).headers.get('content-security-policy')
  expect(await policyOf('/')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri/,
  )
  for (const path of ['/metrics', '/status.json', '/livez'])
    expect(await policyOf(path)).toBe("default-src 'none'")
})
