import { onTestFinished } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { Monitor } from '../../runner/metrics/collection/monitor.ts'
import { Session } from '../../runner/metrics/collection/session.ts'
import { type Collector, defineCollector, type Tier } from '../../runner/metrics/collector.ts'
import { gauge } from '../../runner/metrics/exposition/metric.ts'
import { render } from '../../runner/metrics/exposition/render.ts'
import { parseExposition, type Series, valueIn } from './exposition.ts'

/** Real time, and as much more as a test lets pass. */
export function handClock() {
  let aheadMs = 0
  return {
    clock: {
      ...systemClock,
      monotonicMs: () => performance.now() + aheadMs,
      now: () => new Date(Date.now() + aheadMs),
    },
    pass: (seconds: number) => {
      aheadMs += seconds * 1000
    },
  }
}

/** So that every collector is asked in every scrape that it is due in. */
export const UNHURRIED_MS = 60_000

/** An exporter of these collectors, whose time the test lets pass. */
export const exporterOf = (url: string, ...collectors: readonly Collector[]) =>
  exporterOfDatabases(url, [], ...collectors)

/** The same, which watches further databases as well. */
export const exporterOfDatabases = (
  url: string,
  databases: readonly string[],
  ...collectors: readonly Collector[]
) => exporterWith({ url, databases, collectors, quickMs: UNHURRIED_MS })

/** The same, which is in such a hurry. */
export function exporterWith({
  url,
  databases = [],
  collectors,
  quickMs,
}: {
  readonly url: string
  readonly databases?: readonly string[]
  readonly collectors: readonly Collector[]
  readonly quickMs: number
}) {
  const { clock, pass } = handClock()
  const session = new Session(
    { url: new Secret(url), setting: 'databaseUrl', applicationName: 'howdah/serve', connectTimeoutMs: 5000 },
    clock,
  )
  const runtime = quietRuntime({ clock })
  const facts = { folder: undefined, version: '0', quickMs }
  const monitor = new Monitor({ session, collectors, databases, ...facts, runtime })
  onTestFinished(() => monitor.close())
  const scrape = async (budgetMs = 5000) => parseExposition(render((await monitor.scrape(budgetMs)).snapshot))
  return { scrape, pass, check: () => monitor.check() }
}

/** A collector that tells how often it was asked, and does what `sql` says at that moment. */
export function counting(name: string, tier?: Tier, sql = () => 'SELECT 1') {
  const asked = { times: 0 }
  const collector = defineCollector({
    name,
    ...(tier && { tier }),
    metrics: { [`test_${name}`]: gauge('How often it was asked.') },
    collect: async (connection, _facts, emit) => {
      asked.times += 1
      await connection.run(sql())
      emit(`test_${name}`, asked.times)
    },
  })
  return { collector, asked }
}

export const successOf = (series: readonly Series[], collector: string) =>
  valueIn(series, 'pg_scrape_collector_success', { collector })
export const ageOf = (series: readonly Series[], collector: string) =>
  valueIn(series, 'pg_scrape_collector_cache_age_seconds', { collector })
export const droppedOf = (series: readonly Series[], collector: string) =>
  valueIn(series, 'pg_scrape_series_dropped_total', { collector })
