import { COLLECTORS } from './collectors/registry.ts'
import { EXPORTER_METRICS } from './exporter-metrics.ts'
import { HTTP_METRICS } from './http/request-count.ts'
import type { MetricTable } from './metric.ts'
import { POOLER_METRICS } from './poolers/pooler-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { RDS_METRICS } from './rds/rds-metrics.ts'

type NameIn<M> = M extends unknown ? keyof M & string : never

/** A metric of the catalogue. Rules and dashboards use this type, so that a renamed metric breaks the build. */
export type MetricName = NameIn<
  | typeof EXPORTER_METRICS
  | typeof HTTP_METRICS
  | typeof PROCESS_METRICS
  | typeof POOLER_METRICS
  | typeof RDS_METRICS
  | (typeof COLLECTORS)[number]['metrics']
>

/**
 * The one list of metrics: name, type, labels and help of everything that is collected. A collector declares its own, so
 * each name is written once.
 */
export function catalogue(): MetricTable {
  return Object.assign(
    {},
    EXPORTER_METRICS,
    HTTP_METRICS,
    PROCESS_METRICS,
    POOLER_METRICS,
    RDS_METRICS,
    ...COLLECTORS.map(collector => collector.metrics),
  )
}
