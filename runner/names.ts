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
  type InstanceClass,
  instanceClass,
  type MetricName,
  type MetricSeriesName,
} from './metrics/metrics.ts'
export {
  type ClientTls,
  DEFAULT_ADMIN_USER,
  DEFAULT_LISTEN_PORT,
  DEFAULT_STATS_USER,
  type PgbouncerSettings,
  type PgbouncerVersion,
  type PooledDatabase,
  type PooledUser,
  type PoolerPlan,
  type PoolerSizing,
  planPooler,
  renderPgbouncerIni,
  type ServerTls,
  type Target,
} from './pooler/pooler.ts'

/** The verbs as typed after `howdah`: `migrate deploy`. */
export function verbNames(): readonly string[] {
  return VERBS.map(({ path }) => path.join(' '))
}
