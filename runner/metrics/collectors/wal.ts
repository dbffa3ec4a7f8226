import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'

const BASE = `wal_records::float8 AS records, wal_fpi::float8 AS fpi, wal_bytes::float8 AS bytes,
       wal_buffers_full::float8 AS buffers_full, extract(epoch FROM stats_reset)::float8 AS reset`

/** 18 moved these to pg_stat_io. */
const UP_TO_17 = `, wal_write::float8 AS write, wal_sync::float8 AS sync,
       wal_write_time / 1000 AS write_seconds, wal_sync_time / 1000 AS sync_seconds`

interface Row {
  readonly records: number
  readonly fpi: number
  readonly bytes: number
  readonly buffers_full: number
  readonly reset: number | null
  readonly write?: number
  readonly sync?: number
  readonly write_seconds?: number
  readonly sync_seconds?: number
}

/** How much WAL the server writes. */
export const wal = defineCollector({
  name: 'wal',
  metrics: {
    pg_stat_wal_records_total: counter('WAL records written.'),
    pg_stat_wal_fpi_total: counter('Full page images written.'),
    pg_stat_wal_bytes_total: counter('WAL written, in bytes.'),
    pg_stat_wal_buffers_full_total: counter('Times WAL went to disk because its buffers were full.'),
    pg_stat_wal_write_total: counter('Times WAL buffers were written to disk (up to 17).'),
    pg_stat_wal_sync_total: counter('Times WAL files were synced (up to 17).'),
    pg_stat_wal_write_seconds_total: counter('Time spent writing WAL (up to 17; needs track_wal_io_timing).'),
    pg_stat_wal_sync_seconds_total: counter('Time spent syncing WAL (up to 17; needs track_wal_io_timing).'),
    pg_stat_wal_stats_reset_total: counter('When these numbers were last reset, as Unix time.'),
  },
  async collect(connection, { major }, emit) {
    const row = await connection.row<Row & Record<string, number | null>>(
      `SELECT ${BASE}${major < 18 ? UP_TO_17 : ''} FROM pg_catalog.pg_stat_wal`,
    )
    emit('pg_stat_wal_records_total', row.records)
    emit('pg_stat_wal_fpi_total', row.fpi)
    emit('pg_stat_wal_bytes_total', row.bytes)
    emit('pg_stat_wal_buffers_full_total', row.buffers_full)
    emit('pg_stat_wal_write_total', row.write ?? null)
    emit('pg_stat_wal_sync_total', row.sync ?? null)
    emit('pg_stat_wal_write_seconds_total', row.write_seconds ?? null)
    emit('pg_stat_wal_sync_seconds_total', row.sync_seconds ?? null)
    emit('pg_stat_wal_stats_reset_total', row.reset)
  },
})
