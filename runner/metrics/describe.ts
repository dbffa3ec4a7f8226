import { closest } from 'fastest-levenshtein'
import { HowdahError } from '../core/errors.ts'
import { refreshMs } from './collection/tier-cache.ts'
import { COLLECTOR_MAX_SERIES, type Collector, type Tier } from './collector.ts'
import { COLLECTORS } from './collectors/registry.ts'
import { EXPORTER_METRICS } from './exporter-metrics.ts'
import type { MetricDefinition, MetricTable } from './exposition/metric.ts'
import { HTTP_METRICS } from './http/request-count.ts'
import { POOLER_METRICS } from './poolers/pooler-metrics.ts'
import { PROBE_METRICS } from './probe/probe-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { RDS_METRICS } from './rds/rds-metrics.ts'
import { RDS_REFRESH_MS } from './rds/rds-monitor.ts'

/** What people and programs can know of a metric without a database. */
export interface MetricDescription extends MetricDefinition {
  readonly name: string
  /** As the name says it; `null` where it says none: then it is a number of things, or the help tells. */
  readonly unit: 'seconds' | 'bytes' | 'ratio' | null
  /** `pgbouncer` for what its consoles say, `rds` for what AWS says; `null` for what the exporter says of itself. */
  readonly collector: string | null
  readonly tier: Tier
  /** How old its answer may be before the server is asked anew; 0: it is asked on every scrape. */
  readonly refreshSeconds: number
  /** Upper bound of the collector's series; `null` where there is none. */
  readonly maxSeries: number | null
}

/** Every metric of the catalogue, those of one collector together. */
export function describeMetrics(): readonly MetricDescription[] {
  const collectors: readonly Collector[] = COLLECTORS
  return [
    ...ofTable({ ...EXPORTER_METRICS, ...HTTP_METRICS, ...PROBE_METRICS, ...PROCESS_METRICS }, EXPORTER),
    ...collectors.flatMap(collector =>
      ofTable(collector.metrics, {
        collector: collector.name,
        tier: collector.tier ?? 'fast',
        refreshSeconds: (refreshMs(collector) ?? 0) / 1000,
        maxSeries: collector.maxSeries ?? COLLECTOR_MAX_SERIES,
      }),
    ),
    ...ofTable(POOLER_METRICS, { ...EXPORTER, collector: 'pgbouncer' }),
    ...ofTable(RDS_METRICS, {
      ...EXPORTER,
      collector: 'rds',
      tier: 'medium',
      refreshSeconds: RDS_REFRESH_MS / 1000,
    }),
  ]
}

/** @throws HowdahError metric-unknown, with the name that is closest */
export function describeMetric(name: string): MetricDescription {
  const all = describeMetrics()
  const found = all.find(metric => metric.name === name)
  if (found) return found
  const names = all.map(metric => metric.name)
  // Who left the unit out means the one that has it.
  const longer = names
    .filter(each => each.startsWith(name) && name !== '')
    .sort((a, b) => a.length - b.length)
  const suggestion = longer[0] ?? closest(name, names)
  throw new HowdahError('metric-unknown', { name, suggestion })
}

type Source = Pick<MetricDescription, 'collector' | 'tier' | 'refreshSeconds' | 'maxSeries'>

const EXPORTER: Source = { collector: null, tier: 'fast', refreshSeconds: 0, maxSeries: null }

function ofTable(metrics: MetricTable, source: Source): readonly MetricDescription[] {
  return Object.entries(metrics).map(([name, { type, labels, help }]) => ({
    name,
    type,
    unit: unitOf(name),
    labels,
    help,
    ...source,
  }))
}

function unitOf(name: string): MetricDescription['unit'] {
  const suffix = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name)?.[1]
  return suffix === 'seconds' || suffix === 'bytes' || suffix === 'ratio' ? suffix : null
}
