import { request } from 'node:http'
import { expect, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { handClock } from '../harness/exporter.ts'
import { valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase } from '../harness/postgres.ts'
import { watchedLog } from '../harness/watched-log.ts'

/** Nobody listens on the discard port: what is asked here needs no database. */
const NOWHERE = 'postgresql://someone@127.0.0.1:9/nothing'
const TOKEN = 'a-token-for-a-test-0123456789'

/** A request with the headers that fetch would not let anybody forge. */
const statusOf = (url: string, method: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { method, headers }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

interface Told {
  readonly collector: string
  readonly tier: string
  readonly success: boolean
  readonly failure: string | null
  readonly ageSeconds: number
}

test('each collector is told of, with its tier and why it failed, and not on the port of the metrics', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url, { adminPort: 0 })
  const told = async () =>
    ((await (await fetch(`${server.adminUrl}/-/collectors`)).json()) as { collectors: Told[] }).collectors
  expect(await told()).toEqual([])
  await scrape(server)
  const collectors = await told()
  expect(collectors.find(({ collector }) => collector === 'database-size')).toMatchObject({
    tier: 'slow',
    success: true,
    failure: null,
  })
  expect(collectors.find(({ collector }) => collector === 'activity')).toMatchObject({
    tier: 'fast',
    success: true,
  })
  expect((await fetch(`${server.url}/-/collectors`)).status).toBe(404)
  expect((await fetch(`${server.url}/-/refresh`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${server.adminUrl}/metrics`)).status).toBe(404)
})

test('a refresh has what is cached asked anew by the next scrape, which still has samples of it', async () => {
  await using database = await createDatabase()
  const { clock, pass } = handClock()
  const { log, events } = watchedLog()
  const server = await serveMetrics(database.url, { adminPort: 0, runtime: quietRuntime({ clock, log }) })
  const age = async () =>
    valueIn(await scrape(server), 'pg_scrape_collector_cache_age_seconds', { collector: 'database-size' })
  await scrape(server)
  pass(100)
  expect(await age()).toBeGreaterThanOrEqual(100)
  const refresh = `${server.adminUrl}/-/refresh`
  expect((await fetch(refresh)).status).toBe(405)
  expect(await age()).toBeGreaterThanOrEqual(100)
  expect((await fetch(refresh, { method: 'POST' })).status).toBe(200)
  expect(events()).toContain('metrics.refresh')
  expect(await age()).toBeLessThan(100)
  pass(50)
  expect(await age()).toBeGreaterThanOrEqual(50)
})

test('what a page in a browser of this machine can send is refused', async () => {
  const { adminUrl = '' } = await serveMetrics(NOWHERE, { adminPort: 0 })
  const refresh = `${adminUrl}/-/refresh`
  for (const headers of [
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost', origin: 'null' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    expect([headers, await statusOf(refresh, 'POST', headers)]).toEqual([headers, 403])
  expect(await statusOf(refresh, 'POST', { host: 'localhost:1' })).toBe(200)
})

test('the token of the metrics is asked for here too', async () => {
  const { adminUrl } = await serveMetrics(NOWHERE, {
    adminPort: 0,
    protection: { tokens: [new Secret(TOKEN)] },
  })
  expect((await fetch(`${adminUrl}/-/collectors`)).status).toBe(401)
  const headers = { authorization: `Bearer ${TOKEN}` }
  expect((await fetch(`${adminUrl}/-/collectors`, { headers })).status).toBe(200)
})

test('it listens on the loopback address whatever the metrics do, and a taken port names its own setting', async () => {
  const first = await serveMetrics(NOWHERE, { host: '0.0.0.0', adminPort: 0 })
  expect(first.adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const adminPort = Number(new URL(first.adminUrl ?? '').port)
  await expect(serveMetrics(NOWHERE, { adminPort })).rejects.toMatchObject({
    code: 'port-taken',
    hint: expect.stringContaining('--metrics-admin-port'),
  })
})
