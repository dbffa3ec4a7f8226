import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { Secret } from '../../runner/core/secret.ts'
import { render } from '../../runner/metrics/exposition/render.ts'
import { Probe } from '../../runner/metrics/probe/probe.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'

const addressOf = (url: string) => ({ url: new Secret(url), setting: 'databaseUrl' })

/** A probe that asks twenty times a second, and its figures. */
function probeOf(url: string) {
  const connect = { ...addressOf(url), applicationName: 'howdah/serve', connectTimeoutMs: 5000 }
  const probe = new Probe({ path: 'direct', connect, clock: systemClock, intervalMs: 50 })
  onTestFinished(() => probe.close())
  const figures = () => {
    const series = parseExposition(render(probe.snapshot()))
    const value = (name: string, labels = {}) =>
      valueIn(series, `pg_probe_${name}`, { path: 'direct', ...labels }) ?? Number.NaN
    return {
      attempts: value('attempts_total'),
      failures: value('failures_total'),
      timed: value('duration_seconds_count'),
      seconds: value('duration_seconds_sum'),
      below: value('duration_seconds_bucket', { le: '0.05' }),
    }
  }
  return { probe, figures }
}

const sessions = async ({ adminUrl, name }: TestDatabase) => {
  const sql = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1'
  return (await query<{ n: number }>(adminUrl, sql, [name]))[0]?.n
}

test.each(MAJORS)('on Postgres %i a probe counts and times what it asks, over one session', async major => {
  await using database = await createDatabase({ major })
  const { probe, figures } = probeOf(database.url)
  expect(figures()).toEqual({ attempts: 0, failures: 0, timed: 0, seconds: 0, below: 0 })
  probe.start()
  await expect.poll(() => figures().attempts).toBeGreaterThanOrEqual(5)
  expect(await sessions(database)).toBe(1)
  const { attempts, failures, timed, seconds } = figures()
  expect([failures, timed]).toEqual([0, attempts])
  expect(seconds).toBeGreaterThan(0)
  await probe.close()
  await expect.poll(() => sessions(database)).toBe(0)
})

test('a server that refuses, then answers again, is counted as it was', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const { probe, figures } = probeOf(proxy.throughProxy(database.url))
  probe.start()
  await expect.poll(() => figures().timed).toBeGreaterThanOrEqual(2)
  await proxy.stop()
  await expect.poll(() => figures().failures).toBeGreaterThanOrEqual(3)
  const { timed } = figures()
  await proxy.resume()
  await expect.poll(() => figures().timed).toBeGreaterThanOrEqual(timed + 2)
  const { attempts, failures, timed: answered } = figures()
  expect(answered + failures).toBe(attempts)
})

test('a server that hangs is a failure after two seconds and no slow answer, and closing does not wait for it', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const { probe, figures } = probeOf(proxy.throughProxy(database.url))
  probe.start()
  await expect.poll(() => figures().timed).toBeGreaterThanOrEqual(1)
  proxy.freeze()
  await expect.poll(() => figures().failures, { timeout: 10_000 }).toBe(1)
  const { timed, attempts } = figures()
  expect(timed).toBe(attempts - 1)
  await probe.close()
  expect(figures().attempts).toBe(attempts)
})

test('the page has the direct path from the beginning, and the address of the application where it is another', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const count = (series: Awaited<ReturnType<typeof scrape>>, name: string, path: string) =>
    valueIn(series, `pg_probe_${name}_total`, { path })
  const same = await scrape(await serveMetrics(database.url, { applicationUrl: addressOf(database.url) }))
  expect([count(same, 'failures', 'direct'), count(same, 'failures', 'pooler')]).toEqual([0, undefined])

  await proxy.stop()
  const applicationUrl = addressOf(proxy.throughProxy(database.url))
  const server = await serveMetrics(database.url, { applicationUrl })
  const answers = async (name: string) => {
    const series = await scrape(server)
    return [count(series, name, 'direct'), count(series, name, 'pooler')]
  }
  await expect.poll(() => answers('attempts')).toEqual([1, 1])
  expect(await answers('failures')).toEqual([0, 1])
})
