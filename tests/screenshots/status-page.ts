/**
 * Makes `monitoring/status-page.png` for the README: a real server with a bit of load, `howdah serve`, Chromium.
 * `node tests/screenshots/status-page.ts [--minutes 6] [--into <folder>]`; with a folder also dark, narrow and away.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { cwd, env, execPath } from 'node:process'
import { parseArgs, promisify } from 'node:util'
import { Client } from 'pg'
import { resolveDatabaseFolder } from '../../runner/config/database-folder.ts'
import { systemClock } from '../../runner/core/clock.ts'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { startMetricsServer } from '../../runner/metrics/metrics.ts'
import { launchChromium, visit } from '../harness/browser.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, into: { type: 'string' } } })
const run = promisify(execFile)
const minutes = Number(values.minutes ?? '6')
const releases = new ReleaseStack()

async function connected(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  releases.push('closing a client', () => client.end().catch(() => undefined))
  return client
}

/** So many transactions a second, until the deadline. */
async function load(url: string, perSecond: () => number, until: number): Promise<void> {
  const client = await connected(url)
  while (Date.now() < until) {
    await client.query('UPDATE account SET balance = balance + 1 WHERE id = $1', [
      1 + Math.floor(Math.random() * 1000),
    ])
    await systemClock.sleep(1000 / perSecond())
  }
}

async function main(): Promise<void> {
  const settings = { max_connections: '50', shared_buffers: '64MB', fsync: 'off' }
  const server = await startThrowAwayServer({ major: 18, settings, volatile: true }, releases)
  const admin = await connected(server.url)
  await admin.query('CREATE DATABASE shop')
  await admin.query('CREATE DATABASE reports')
  const shop = server.url.replace(/postgres$/, 'shop')
  const environment = { ...env, DATABASE_URL: shop, HOWDAH_DATABASE: 'playground' }
  await run(execPath, ['runner/main.ts', 'migrate', 'deploy'], { env: environment })
  const owner = await connected(shop)
  await owner.query('CREATE TABLE account AS SELECT id, 0 AS balance FROM generate_series(1, 100000) AS id')
  await owner.query('ALTER TABLE account ADD PRIMARY KEY (id)')
  const options = {
    connectTimeoutMs: 5000,
    scrapeTimeoutMs: 5000,
    host: '127.0.0.1',
    port: 0,
  }
  const metrics = await startMetricsServer({
    ...options,
    url: new Secret(shop),
    setting: 'databaseUrl',
    folder: await resolveDatabaseFolder(cwd(), 'playground'),
    version: '0.1.0',
    runtime: quietRuntime(),
  })
  releases.push('closing the metrics server', () => metrics.close())
  const until = Date.now() + minutes * 60_000
  const wave = () => 25 + 15 * Math.sin(Date.now() / 40_000)
  // Beyond the picture, so that its last rate is one under load.
  const work = Array.from({ length: 6 }, () => load(shop, wave, until + 10_000))
  for (let n = 0; n < 9; n += 1) await connected(shop)
  // Eight sessions behind one that left its transaction open: more than the limit of PgBlockedSessions.
  const blocker = await connected(shop)
  const blocked: Promise<unknown>[] = []
  const soon = until - Math.min(90_000, minutes * 20_000)
  while (Date.now() < until) {
    await fetch(`${metrics.url}/metrics`).then(response => response.text())
    if (Date.now() >= soon && blocked.length === 0) {
      await blocker.query('BEGIN')
      await blocker.query('SELECT FROM account WHERE id = 5000 FOR UPDATE')
      for (let n = 0; n < 8; n += 1) {
        const waiting = await connected(shop)
        blocked.push(waiting.query('UPDATE account SET balance = 0 WHERE id = 5000').catch(() => undefined))
      }
    }
    await systemClock.sleep(Math.min(15_000, Math.max(0, until - Date.now())))
  }
  await systemClock.sleep(5500)
  await photograph(metrics.url, values.into, server)
  await blocker.query('ROLLBACK').catch(() => undefined)
  await Promise.allSettled([...work, ...blocked])
}

async function photograph(
  url: string,
  into: string | undefined,
  server: { crash: () => Promise<void> },
): Promise<void> {
  const browser = await launchChromium()
  releases.push('closing the browser', () => browser.close())
  const take = async (path: string, width: number, colorScheme: 'light' | 'dark') => {
    const { page } = await visit(browser, { viewport: { width, height: 600 }, colorScheme })
    await page.goto(`${url}/?refresh=off`)
    const { y: footer = 0 } = (await page.locator('footer').boundingBox()) ?? {}
    const whole = !path.startsWith('monitoring/')
    await page.screenshot({
      path,
      fullPage: true,
      ...(!whole && { clip: { x: 0, y: 0, width, height: footer } }),
    })
    await page.context().close()
  }
  await take('monitoring/status-page.png', 1000, 'light')
  if (!into) return
  await take(join(into, 'light.png'), 1120, 'light')
  await take(join(into, 'dark.png'), 1120, 'dark')
  await take(join(into, 'narrow.png'), 320, 'light')
  await server.crash()
  await systemClock.sleep(6000)
  await take(join(into, 'away.png'), 1120, 'light')
}

try {
  await main()
} finally {
  await releases.releaseAll()
}
