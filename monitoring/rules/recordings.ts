import { max, min, over, promql, type RecordingRule, series, sum } from './expression.ts'
import { SLO_RECORDINGS } from './slo-recordings.ts'

/** Of the connections an ordinary role can use, how many are taken; our own session is not counted. */
export const CONNECTIONS_RATIO: RecordingRule = {
  record: 'instance:pg_connections:ratio',
  expression: promql`${sum(series('pg_stat_activity_count'))} / ${max(series('pg_connection_limit_effective'))}`,
}

const perSecond = (name: 'pg_stat_database_xact_commit' | 'pg_stat_database_xact_rollback') =>
  sum(promql`rate(${over(series(name), '5m')})`, 'datname')

export const TRANSACTIONS_RATE: RecordingRule = {
  record: 'database:pg_transactions:rate5m',
  expression: promql`${perSecond('pg_stat_database_xact_commit')} + ${perSecond('pg_stat_database_xact_rollback')}`,
}

/** No value while there are no transactions: 0 / 0 is no ratio. */
export const ROLLBACK_RATIO: RecordingRule = {
  record: 'database:pg_rollbacks:ratio_rate5m',
  expression: promql`${perSecond('pg_stat_database_xact_rollback')} / (${TRANSACTIONS_RATE} > 0)`,
}

const blocks = (name: 'pg_stat_database_blks_hit' | 'pg_stat_database_blks_read') =>
  sum(promql`rate(${over(series(name), '15m')})`, 'datname')

export const CACHE_HIT_RATIO: RecordingRule = {
  record: 'database:pg_cache_hits:ratio_rate15m',
  expression: promql`${blocks('pg_stat_database_blks_hit')} / (${blocks('pg_stat_database_blks_hit')} + ${blocks('pg_stat_database_blks_read')} > 0)`,
}

const checkpoints = (
  name: 'pg_stat_checkpointer_num_requested_total' | 'pg_stat_checkpointer_num_timed_total',
) => sum(promql`rate(${over(series(name), '15m')})`)

export const CHECKPOINTS_REQUESTED_RATIO: RecordingRule = {
  record: 'instance:pg_checkpoints_requested:ratio_rate15m',
  expression: promql`${checkpoints('pg_stat_checkpointer_num_requested_total')} / (${checkpoints('pg_stat_checkpointer_num_requested_total')} + ${checkpoints('pg_stat_checkpointer_num_timed_total')} > 0)`,
}

/** How much of the server's disk is taken: of an instance of RDS as Amazon says, or of the machine it shares with the runner. */
export const DISK_USED_RATIO: RecordingRule = {
  record: 'instance:pg_disk_used:ratio',
  expression: promql`(1 - ${min(series('rds_free_storage_bytes'), 'dbidentifier')} / ${max(series('rds_allocated_storage_bytes'), 'dbidentifier')}) or (1 - ${min(series('howdah_data_directory_free_bytes'))} / ${max(series('howdah_data_directory_size_bytes'))})`,
}

/** In the order Prometheus evaluates them: one that uses another stands behind it. */
export const RECORDING_RULES: readonly RecordingRule[] = [
  CONNECTIONS_RATIO,
  TRANSACTIONS_RATE,
  ROLLBACK_RATIO,
  CACHE_HIT_RATIO,
  CHECKPOINTS_REQUESTED_RATIO,
  DISK_USED_RATIO,
  ...SLO_RECORDINGS,
]
