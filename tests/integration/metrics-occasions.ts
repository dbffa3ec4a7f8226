import { backfills } from '../../runner/metrics/collectors/backfills.ts'
import { backups } from '../../runner/metrics/collectors/backups.ts'
import { drills } from '../../runner/metrics/collectors/drills.ts'
import { expectations } from '../../runner/metrics/collectors/expectations.ts'
import { migrationRuns } from '../../runner/metrics/collectors/migration-runs.ts'
import { migrationSteps } from '../../runner/metrics/collectors/migration-steps.ts'

/** Metrics that a scrape of a quiet primary need not have, by what makes them appear. */

/** What only a replica has, or a primary with replicas. */
export const REPLICATION =
  /^pg_stat_replication_|^pg_stat_database_conflicts_|^pg_stat_wal_receiver_|^pg_replication_(last_replay|replay_)/

/** What only a database has with tables, builds under way, sequences near their end, slots, a manifest (migrate-drift-gate), a pooler, a collector that had no turn yet, or at Amazon. */
export const OCCASIONAL =
  /^howdah_schema_drift$|^pg_scrape_collector_pending$|^pg_stat_user_tables_(table|index)_size|^pg_stat(io)?_user_(indexes|tables)_|^pg_(database|roles)_connection_limit|^howdah_replication_expected|^pg_index_(invalid|create_progress)|^pg_sequence_used|^pg_(replication_slots|stat_statements|stat_subscription)_|^pgbouncer_|^(rds|howdah_rds|howdah_aws)_|^howdah_backup_latest_restorable_timestamp_seconds$/

/**
 * What only a database has whose migrations we have deployed (metrics-migrations.test.ts), whose backups, drills and backfills
 * are on record or expected (ledger-backups.test.ts, ledger-drills.test.ts).
 */
export const LEDGER = [migrationRuns, migrationSteps, expectations, backups, drills, backfills]
  .flatMap(({ metrics }) => Object.keys(metrics))
  .filter(name => !['howdah_ledger_version', 'howdah_advisory_lock_held_seconds'].includes(name))

/** What is there only after something happened or only on some versions (metrics-vacuum.test.ts makes it happen), or on some systems (process-metrics.test.ts). */
export const SITUATIONAL =
  /_stats_reset(_total)?$|^pg_stat_(user_tables|progress_vacuum|io)_|^pg_table_|^pg_stat_archiver_last_|^pg_stat_bgwriter_(checkpoint|buffers_(checkpoint|backend))|^pg_stat_checkpointer_(num_done|restartpoints|slru)|^pg_stat_wal_(write|sync)_|_parallel_workers_|_checksum_failures_|^(process|nodejs)_/
