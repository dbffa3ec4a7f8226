import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'
import { emitTables, OBSERVED_TABLES, type TableRow } from '../observed-tables.ts'

const LABELS = ['datname', 'schemaname', 'relname'] as const

/** A value and the major version it came with. The numbers of a table's indexes are added up, as the view does. */
const FIELDS = {
  pg_stat_user_tables_idx_scan: [15, 'i.scans', counter('Scans of any index of the table.', LABELS)],
  pg_stat_user_tables_idx_tup_fetch: [
    15,
    'i.fetched + pg_catalog.pg_stat_get_tuples_fetched(o.oid)',
    counter('Rows fetched by index scans.', LABELS),
  ],
  pg_stat_user_tables_n_tup_newpage_upd: [
    16,
    'pg_catalog.pg_stat_get_tuples_newpage_updated(o.oid)',
    counter('Rows whose new version went to another page (from 16 on).', LABELS),
  ],
  pg_stat_user_tables_last_seq_scan_timestamp_seconds: [
    16,
    'extract(epoch FROM pg_catalog.pg_stat_get_lastscan(o.oid))',
    gauge('When it was last read from end to end, as Unix time (from 16 on).', LABELS),
  ],
  pg_stat_user_tables_last_idx_scan_timestamp_seconds: [
    16,
    'extract(epoch FROM i.last_scan)',
    gauge('When any index of it was last scanned, as Unix time (from 16 on).', LABELS),
  ],
  pg_stat_user_tables_vacuum_time_seconds_total: [
    18,
    'pg_catalog.pg_stat_get_total_vacuum_time(o.oid) / 1000',
    counter('Time spent in VACUUM by hand (from 18 on).', LABELS),
  ],
  pg_stat_user_tables_autovacuum_time_seconds_total: [
    18,
    'pg_catalog.pg_stat_get_total_autovacuum_time(o.oid) / 1000',
    counter('Time autovacuum spent in VACUUM (from 18 on).', LABELS),
  ],
  pg_stat_user_tables_analyze_time_seconds_total: [
    18,
    'pg_catalog.pg_stat_get_total_analyze_time(o.oid) / 1000',
    counter('Time spent in ANALYZE by hand (from 18 on).', LABELS),
  ],
  pg_stat_user_tables_autoanalyze_time_seconds_total: [
    18,
    'pg_catalog.pg_stat_get_total_autoanalyze_time(o.oid) / 1000',
    counter('Time autovacuum spent in ANALYZE (from 18 on).', LABELS),
  ],
} as const

type Name = keyof typeof FIELDS
const NAMES = Object.keys(FIELDS) as Name[]

const metrics = Object.fromEntries(NAMES.map(name => [name, FIELDS[name][2]])) as {
  readonly [N in Name]: (typeof FIELDS)[N][2]
}

/** A table without an index has no scans of one: NULL, and no sample. */
function query(major: number, names: readonly Name[]): string {
  const columns = names.map(name => `(${FIELDS[name][1]})::float8 AS ${name}`)
  return `WITH ${OBSERVED_TABLES}
SELECT o.nspname, o.relname, ${columns.join(', ')}
  FROM observed o CROSS JOIN LATERAL (
    SELECT sum(pg_catalog.pg_stat_get_numscans(x.indexrelid)) AS scans,
           sum(pg_catalog.pg_stat_get_tuples_fetched(x.indexrelid)) AS fetched
           ${major >= 16 ? ', max(pg_catalog.pg_stat_get_lastscan(x.indexrelid)) AS last_scan' : ''}
      FROM pg_catalog.pg_index x WHERE x.indrelid = o.oid) i ORDER BY 1, 2`
}

/** Index scans of the observed tables, when they were last read, and how long their vacuums took. */
export const tableScans = defineCollector({
  name: 'table-scans',
  scope: 'database',
  tier: 'medium',
  metrics,
  async collect(connection, { major }, emit) {
    const names = NAMES.filter(name => major >= FIELDS[name][0])
    const rows = await connection.rows<TableRow<Name>>(query(major, names))
    emitTables(rows, names, connection.target.database, emit)
  },
})
