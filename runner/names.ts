import { VERBS } from './cli/verbs.ts'

/**
 * What the world outside `runner/` may know of it: names, and limits that both sides have. `monitoring/` and `infra/` import this file and no other, so
 * that a metric or a verb is written once.
 */
export {
  type AccessModel,
  type AccessSettings,
  accessModel,
  coversLater,
  durationMs,
  type GrantKind,
  type ModelDatabase,
  type ModelGrant,
  type ModelRole,
  type RoleKind,
} from './access/access.ts'
export {
  ALERT_LIMITS,
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
