import { VERBS } from './cli/verbs.ts'

/**
 * What the world outside `runner/` may know of it: names. `monitoring/` and `infra/` import this file and no other, so
 * that a metric or a verb is written once.
 */
export {
  catalogue,
  cataloguedSeries,
  DEFAULT_METRICS_PORT,
  type MetricName,
  type MetricSeriesName,
} from './metrics/metrics.ts'

/** The verbs as typed after `howdah`: `migrate deploy`. */
export function verbNames(): readonly string[] {
  return VERBS.map(({ path }) => path.join(' '))
}
