/** A metric of postgres_exporter 0.20.1, as it is with its default settings. */
export interface TheirMetric {
  readonly type: 'gauge' | 'counter' | 'untyped'
  readonly labels: readonly string[]
  /** Versions of Postgres they have it for; absent: all of ours. */
  readonly upTo?: number
}

const of = (
  type: TheirMetric['type'],
  labels: readonly string[],
  prefix: string,
  names: string,
  more: Partial<TheirMetric> = {},
) =>
  Object.fromEntries(
    names.split(' ').map((name): [string, TheirMetric] => [`${prefix}${name}`, { type, labels, ...more }]),
  )

const TABLE = ['datname', 'schemaname', 'relname']
const DATABASE = ['datid', 'datname']
const ACTIVITY = [
  'datname',
  'state',
  'usename',
  'application_name',
  'backend_type',
  'wait_event_type',
  'wait_event',
]

/** Those of the collectors that are on by default, by name; `pg_settings_*` depends on the server and is apart. */
export const THEIR_METRICS: Readonly<Record<string, TheirMetric>> = {
  ...of('gauge', [], 'pg_', 'up wal_segments wal_size_bytes'),
  ...of('untyped', ['version', 'short_version'], 'pg_', 'static'),
  ...of('gauge', [], 'pg_exporter_', 'last_scrape_duration_seconds last_scrape_error'),
  ...of('counter', [], 'pg_exporter_', 'scrapes_total'),
  ...of('gauge', ['version', 'revision', 'branch', 'goversion'], 'postgres_exporter_', 'build_info'),
  ...of('gauge', ['collector'], 'pg_scrape_collector_', 'duration_seconds success'),
  ...of('gauge', ['datname'], 'pg_database_', 'size_bytes connection_limit'),
  ...of('gauge', ['rolname'], 'pg_roles_', 'connection_limit'),
  ...of('gauge', ['datname', 'mode'], 'pg_locks_', 'count'),
  ...of('gauge', [], 'pg_replication_', 'lag_seconds is_replica last_replay_seconds'),
  ...of('gauge', ['slot_name', 'database'], 'pg_replication_slots_', 'active pg_wal_lsn_diff'),
  ...of(
    'gauge',
    ['slot_name', 'slot_type'],
    'pg_replication_slots_',
    'slot_current_wal_lsn slot_confirmed_flush_lsn slot_is_active safe_wal_size_bytes',
  ),
  ...of('gauge', ['slot_name', 'slot_type', 'wal_status'], 'pg_replication_slots_', 'wal_status'),
  ...of('gauge', ACTIVITY, 'pg_stat_activity_', 'count max_tx_duration'),
  ...of('counter', [], 'pg_stat_archiver_', 'archived_count failed_count'),
  ...of('gauge', [], 'pg_stat_archiver_', 'last_archive_age'),
  ...of(
    'counter',
    [],
    'pg_stat_bgwriter_',
    'buffers_clean_total maxwritten_clean_total buffers_alloc_total stats_reset_total',
  ),
  ...of(
    'counter',
    [],
    'pg_stat_bgwriter_',
    'checkpoints_timed_total checkpoints_req_total checkpoint_write_time_total checkpoint_sync_time_total buffers_checkpoint_total buffers_backend_total buffers_backend_fsync_total',
    { upTo: 16 },
  ),
  ...of('gauge', DATABASE, 'pg_stat_database_', 'numbackends'),
  ...of(
    'counter',
    DATABASE,
    'pg_stat_database_',
    'xact_commit xact_rollback blks_read blks_hit tup_returned tup_fetched tup_inserted tup_updated tup_deleted conflicts temp_files temp_bytes deadlocks blk_read_time blk_write_time stats_reset active_time_seconds_total',
  ),
  ...of(
    'counter',
    DATABASE,
    'pg_stat_database_conflicts_',
    'confl_tablespace confl_lock confl_snapshot confl_bufferpin confl_deadlock',
  ),
  ...of(
    'gauge',
    ['datname', 'relname'],
    'pg_stat_progress_vacuum_',
    'heap_blks heap_blks_scanned heap_blks_vacuumed index_vacuums',
  ),
  // From 17 on the numbers below these two names are bytes there.
  ...of('gauge', ['datname', 'relname'], 'pg_stat_progress_vacuum_', 'max_dead_tuples num_dead_tuples', {
    upTo: 16,
  }),
  ...of('gauge', ['datname', 'relname', 'phase'], 'pg_stat_progress_vacuum_', 'phase'),
  ...of(
    'gauge',
    ['application_name', 'client_addr', 'state', 'slot_name'],
    'pg_stat_replication_',
    'pg_current_wal_lsn_bytes pg_wal_lsn_diff',
  ),
  ...of(
    'counter',
    TABLE,
    'pg_stat_user_tables_',
    'seq_scan seq_tup_read idx_scan idx_tup_fetch n_tup_ins n_tup_upd n_tup_del n_tup_hot_upd vacuum_count autovacuum_count analyze_count autoanalyze_count',
  ),
  ...of(
    'gauge',
    TABLE,
    'pg_stat_user_tables_',
    'n_live_tup n_dead_tup n_mod_since_analyze last_vacuum last_autovacuum last_analyze last_autoanalyze index_size_bytes table_size_bytes',
  ),
  ...of(
    'counter',
    TABLE,
    'pg_statio_user_tables_',
    'heap_blocks_read heap_blocks_hit idx_blocks_read idx_blocks_hit toast_blocks_read toast_blocks_hit tidx_blocks_read tidx_blocks_hit',
  ),
}

/** Names we do not have in their type, and why. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  postgres_exporter_build_info: 'says which postgres_exporter runs; here it is howdah_build_info',
  pg_static: 'has no type there; 1 is a gauge',
}

/** Labels of theirs we leave out, by metric: each value is a series, and applications choose these values. */
export const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  pg_stat_activity_count: ACTIVITY.slice(2),
  pg_stat_activity_max_tx_duration: ACTIVITY.slice(2),
  // Names of databases are unique, and the number of one tells nobody anything.
  pg_stat_database_active_time_seconds_total: ['datid'],
}

/** Labels we add: queries by their labels find the same, and two things are told apart that are one series there. */
export const ADDED: Readonly<Record<string, readonly string[]>> = {
  pg_scrape_collector_duration_seconds: ['datname'],
  pg_scrape_collector_success: ['datname'],
  pg_replication_slots_active: ['slot_type'],
  pg_replication_slots_pg_wal_lsn_diff: ['slot_type'],
  pg_replication_slots_safe_wal_size_bytes: ['database'],
  pg_replication_slots_wal_status: ['database'],
  ...Object.fromEntries(
    ['heap_blks', 'heap_blks_scanned', 'heap_blks_vacuumed', 'index_vacuums'].map(name => [
      `pg_stat_progress_vacuum_${name}`,
      ['schemaname', 'phase'],
    ]),
  ),
  ...Object.fromEntries(
    ['max_dead_tuples', 'num_dead_tuples', 'phase'].map(name => [
      `pg_stat_progress_vacuum_${name}`,
      ['schemaname'],
    ]),
  ),
}
