import { defineCollector, WATCHED_DATABASES } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

/** Names, types and labels of postgres_exporter, so that existing dashboards keep working. */
const LABELS = ['datid', 'datname'] as const
const metrics = {
  pg_stat_database_numbackends: gauge('Sessions connected to the database.', LABELS),
  pg_stat_database_xact_commit: counter('Transactions committed.', LABELS),
  pg_stat_database_xact_rollback: counter('Transactions rolled back.', LABELS),
  pg_stat_database_blks_read: counter('Blocks read because they were not in shared buffers.', LABELS),
  pg_stat_database_blks_hit: counter('Blocks found in shared buffers.', LABELS),
  pg_stat_database_tup_returned: counter('Rows read by scans.', LABELS),
  pg_stat_database_tup_fetched: counter('Rows fetched by index scans.', LABELS),
  pg_stat_database_tup_inserted: counter('Rows inserted.', LABELS),
  pg_stat_database_tup_updated: counter('Rows updated.', LABELS),
  pg_stat_database_tup_deleted: counter('Rows deleted.', LABELS),
  pg_stat_database_conflicts: counter('Queries cancelled on a replica because of recovery.', LABELS),
  pg_stat_database_temp_files: counter('Temporary files written by queries.', LABELS),
  pg_stat_database_temp_bytes: counter('Bytes written to temporary files.', LABELS),
  pg_stat_database_deadlocks: counter('Deadlocks found.', LABELS),
  pg_stat_database_blk_read_time: counter('Milliseconds spent reading (needs track_io_timing).', LABELS),
  pg_stat_database_blk_write_time: counter('Milliseconds spent writing (needs track_io_timing).', LABELS),
  pg_stat_database_stats_reset: counter('When these numbers were last reset, as Unix time.', LABELS),
} as const

const NAMES = Object.keys(metrics) as (keyof typeof metrics)[]
const columnOf = (name: keyof typeof metrics) => name.slice('pg_stat_database_'.length)

const COLUMNS = NAMES.map(columnOf).map(column =>
  column === 'stats_reset'
    ? `extract(epoch FROM s.${column})::float8 AS ${column}`
    : `s.${column}::float8 AS ${column}`,
)

const SQL = `SELECT s.datid::text AS datid, s.datname, ${COLUMNS.join(', ')}
  FROM pg_catalog.pg_stat_database s
 WHERE s.datid IN (SELECT oid FROM pg_catalog.pg_database WHERE ${WATCHED_DATABASES}) ORDER BY s.datname`

type Row = { readonly datid: string; readonly datname: string } & Readonly<Record<string, number | null>>

/** Transactions, cache hits, rows and temporary files of each database. */
export const databaseStatistics = defineCollector({
  name: 'database-statistics',
  metrics,
  async collect(connection, _facts, emit) {
    for (const row of await connection.rows<Row>(SQL)) {
      const { datid, datname } = row
      for (const name of NAMES) emit(name, row[columnOf(name)] ?? null, { datid, datname })
    }
  },
})
