import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const SQL = `SELECT archived_count::float8 AS archived, failed_count::float8 AS failed,
       extract(epoch FROM clock_timestamp() - last_archived_time)::float8 AS age,
       extract(epoch FROM last_failed_time)::float8 AS last_failed
  FROM pg_catalog.pg_stat_archiver`

interface Row {
  readonly archived: number
  readonly failed: number
  readonly age: number | null
  readonly last_failed: number | null
}

/** Whether WAL reaches its archive. */
export const archiver = defineCollector({
  name: 'archiver',
  metrics: {
    pg_stat_archiver_archived_count: counter('WAL files archived.'),
    pg_stat_archiver_failed_count: counter('Attempts to archive a WAL file that failed.'),
    pg_stat_archiver_last_archive_age: gauge('Seconds since the last file was archived; absent before that.'),
    pg_stat_archiver_last_failed_timestamp_seconds: gauge('When archiving last failed, as Unix time.'),
  },
  async collect(connection, _facts, emit) {
    const row = await connection.row<Row & Record<string, number | null>>(SQL)
    emit('pg_stat_archiver_archived_count', row.archived)
    emit('pg_stat_archiver_failed_count', row.failed)
    emit('pg_stat_archiver_last_archive_age', row.age)
    emit('pg_stat_archiver_last_failed_timestamp_seconds', row.last_failed)
  },
})
