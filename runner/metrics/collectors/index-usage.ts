import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const LABELS = ['datname', 'schemaname', 'relname', 'indexrelname'] as const

/** Three series an index. */
const LARGEST = 50

/** First the largest by the catalogue's page counts, then their numbers: none of it takes a lock on a table. */
const SQL = (major: number) => `WITH largest AS MATERIALIZED (
  SELECT i.oid, n.nspname, t.relname, i.relname AS indexrelname
    FROM pg_catalog.pg_class i
    JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid
    JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
   WHERE i.relkind = 'i' AND i.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY i.relpages DESC, i.oid LIMIT ${LARGEST}
)
SELECT nspname AS schemaname, relname, indexrelname, pg_catalog.pg_stat_get_numscans(oid)::float8 AS scans,
       pg_catalog.pg_stat_get_tuples_returned(oid)::float8 AS entries,
       ${major >= 16 ? 'extract(epoch FROM pg_catalog.pg_stat_get_lastscan(oid))::float8' : 'NULL::float8'} AS last_scan
  FROM largest ORDER BY 1, 2, 3`

interface Row {
  readonly schemaname: string
  readonly relname: string
  readonly indexrelname: string
  readonly scans: number
  readonly entries: number
  readonly last_scan: number | null
}

/** Who uses the largest indexes. Replicas count their own scans. */
export const indexUsage = defineCollector({
  name: 'index-usage',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_stat_user_indexes_idx_scan_total: counter(`Scans of the index; the ${LARGEST} largest.`, LABELS),
    pg_stat_user_indexes_idx_tup_read_total: counter('Entries scans of the index returned.', LABELS),
    pg_stat_user_indexes_last_idx_scan_timestamp_seconds: gauge(
      'When the index was last scanned, as Unix time (from 16 on); absent before the first scan.',
      LABELS,
    ),
  },
  async collect(connection, { major }, emit) {
    const datname = connection.target.database
    for (const row of await connection.rows<Row>(SQL(major))) {
      const { schemaname, relname, indexrelname } = row
      const labels = { datname, schemaname, relname, indexrelname }
      emit('pg_stat_user_indexes_idx_scan_total', row.scans, labels)
      emit('pg_stat_user_indexes_idx_tup_read_total', row.entries, labels)
      emit('pg_stat_user_indexes_last_idx_scan_timestamp_seconds', row.last_scan, labels)
    }
  },
})
