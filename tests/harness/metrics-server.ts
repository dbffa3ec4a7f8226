import { expect, onTestFinished } from 'vitest'
import type { Runtime } from '../../runner/core/runtime.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import {
  type MetricsServer,
  type MetricsServerOptions,
  startMetricsServer,
} from '../../runner/metrics/metrics.ts'
import { UNHURRIED_MS } from './exporter.ts'
import { parseExposition, type Series } from './exposition.ts'

type Given = Partial<Omit<MetricsServerOptions, 'url' | 'setting' | 'runtime'>> & {
  readonly runtime?: Runtime
}

/** What `howdah serve` starts, on a free port, watching this database until the test ends. */
export async function serveMetrics(url: string, given: Given = {}): Promise<MetricsServer> {
  const server = await startMetricsServer({
    connectTimeoutMs: 5000,
    scrapeTimeoutMs: 5000,
    host: '127.0.0.1',
    port: 0,
    folder: undefined,
    version: '0.0.0-test',
    quickMs: UNHURRIED_MS,
    runtime: quietRuntime(),
    ...given,
    url: new Secret(url),
    setting: 'databaseUrl',
  })
  onTestFinished(() => server.close())
  return server
}

/** One scrape, which always succeeds whatever the state of the database. */
export async function scrape(server: MetricsServer, headers: Record<string, string> = {}): Promise<Series[]> {
  const response = await fetch(`${server.url}/metrics`, { headers })
  expect(response.status).toBe(200)
  return parseExposition(await response.text())
}

/** The first scrape of a server of its own, which knows nothing of migrations on disk and is gone afterwards, with its session. */
export async function scrapeOnce(url: string, given: Given = {}): Promise<Series[]> {
  const server = await serveMetrics(url, given)
  try {
    return await scrape(server)
  } finally {
    await server.close()
  }
}

/** Collectors whose last run failed. */
export const failedCollectors = (series: readonly Series[]) =>
  series
    .filter(({ name, value }) => name === 'pg_scrape_collector_success' && value === 0)
    .map(({ labels }) => labels.collector)
