import { COLLECTORS } from './collectors/registry.ts'
import { EXPORTER_METRICS } from './exporter-metrics.ts'
import type { MetricTable } from './exposition/metric.ts'
import { HTTP_METRICS } from './http/request-count.ts'
import { POOLER_METRICS } from './poolers/pooler-metrics.ts'
import { PROBE_METRICS } from './probe/probe-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { RDS_METRICS } from './rds/rds-metrics.ts'

type NameIn<M> = M extends unknown ? keyof M & string : never
type HistogramIn<M> = M extends unknown
  ? { [N in keyof M & string]: M[N] extends { readonly type: 'histogram' } ? N : never }[keyof M & string]
  : never

type Tables =
  | typeof EXPORTER_METRICS
  | typeof HTTP_METRICS
  | typeof PROBE_METRICS
  | typeof POOLER_METRICS
  | typeof PROCESS_METRICS
  | typeof RDS_METRICS
  | (typeof COLLECTORS)[number]['metrics']

/** A metric of the catalogue. */
export type MetricName = NameIn<Tables>

/** A series of the catalogue. Rules and dashboards use this type, so that a renamed metric breaks the build. */
export type MetricSeriesName =
  | Exclude<MetricName, HistogramIn<Tables>>
  | `${HistogramIn<Tables>}_${'bucket' | 'sum' | 'count'}`

/**
 * The one list of metrics: name, type, labels and help of everything that is collected. A collector declares its own, so
 * each name is written once.
 */
export function catalogue(): MetricTable {
  return Object.assign(
    {},
    EXPORTER_METRICS,
    HTTP_METRICS,
    PROBE_METRICS,
    PROCESS_METRICS,
    POOLER_METRICS,
    RDS_METRICS,
    ...COLLECTORS.map(collector => collector.metrics),
    PROCESS_METRICS,
  )
}

/** The same by the names that Prometheus has them under: a histogram is three. */
export function cataloguedSeries(): MetricTable {
  const entries = Object.entries(catalogue()).flatMap(([name, metric]) => {
    if (metric.type !== 'histogram') return [[name, metric] as const]
    const bucket = { ...metric, labels: [...metric.labels, 'le'] }
    return [
      [`${name}_bucket`, bucket] as const,
      ...['sum', 'count'].map(part => [`${name}_${part}`, metric] as const),
    ]
  })
  return Object.fromEntries(entries)
}
