import { migrationRuns } from '../../runner/metrics/collectors/migration-runs.ts'
import { migrationSteps } from '../../runner/metrics/collectors/migration-steps.ts'

/** Metrics that a scrape of a quiet primary need not have, by what makes them appear. */

/** What only a replica has, or a primary with replicas. */
export const REPLICATION =
  /^pg_stat_replication_|^pg_stat_wal_receiver_|^pg_replication_(last_replay|replay_)/

/** What only a database has with tables, builds under way, sequences near their end, slots (metrics-indexes, metrics-replication). */
export const OCCASIONAL =
  /^pg_stat_user_tables_(table|index)_size|^pg_index_(invalid|create_progress)|^pg_sequence_used|^pg_(replication_slots|stat_statements|stat_subscription)_|^pgbouncer_/

/** What only a database has whose migrations we have deployed (metrics-migrations.test.ts). */
export const LEDGER = [migrationRuns, migrationSteps]
  .flatMap(({ metrics }) => Object.keys(metrics))
  .filter(name => !['howdah_ledger_version', 'howdah_advisory_lock_held_seconds'].includes(name))

/** What is there only after something happened or only on some versions (metrics-vacuum.test.ts makes it happen). */
export const SITUATIONAL =
  /_stats_reset(_total)?$|^pg_stat_(user_tables|progress_vacuum|io)_|^pg_table_|^pg_stat_archiver_last_|^pg_stat_bgwriter_(checkpoint|buffers_(checkpoint|backend))|^pg_stat_checkpointer_(num_done|restartpoints|slru)|^pg_stat_wal_(write|sync)_|_parallel_workers_|_checksum_failures_|^nodejs_(gc_|active_(handles|requests)$)/
