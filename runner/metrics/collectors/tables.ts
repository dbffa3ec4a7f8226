import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'
import { emitTables, OBSERVED_TABLES, type TableRow } from '../observed-tables.ts'

const LABELS = ['datname', 'schemaname', 'relname'] as const

/** Names of postgres_exporter, and the function that gives each number without a lock on the table. */
const FIELDS = {
  pg_stat_user_tables_seq_scan: ['numscans', counter('Sequential scans.', LABELS)],
  pg_stat_user_tables_seq_tup_read: ['tuples_returned', counter('Rows read by sequential scans.', LABELS)],
  pg_stat_user_tables_n_tup_ins: ['tuples_inserted', counter('Rows inserted.', LABELS)],
  pg_stat_user_tables_n_tup_upd: ['tuples_updated', counter('Rows updated.', LABELS)],
  pg_stat_user_tables_n_tup_del: ['tuples_deleted', counter('Rows deleted.', LABELS)],
  pg_stat_user_tables_n_tup_hot_upd: [
    'tuples_hot_updated',
    counter('Rows updated without a new index entry.', LABELS),
  ],
  pg_stat_user_tables_n_live_tup: ['live_tuples', gauge('Rows, as estimated by the server.', LABELS)],
  pg_stat_user_tables_n_dead_tup: ['dead_tuples', gauge('Dead rows, as estimated by the server.', LABELS)],
  pg_stat_user_tables_n_mod_since_analyze: [
    'mod_since_analyze',
    gauge('Rows changed since the last ANALYZE.', LABELS),
  ],
  pg_stat_user_tables_n_ins_since_vacuum: [
    'ins_since_vacuum',
    gauge('Rows inserted since the last VACUUM.', LABELS),
  ],
  pg_stat_user_tables_last_vacuum: [
    'last_vacuum_time',
    gauge('When it was last vacuumed by hand, as Unix time.', LABELS),
  ],
  pg_stat_user_tables_last_autovacuum: [
    'last_autovacuum_time',
    gauge('When autovacuum last vacuumed it, as Unix time.', LABELS),
  ],
  pg_stat_user_tables_last_analyze: [
    'last_analyze_time',
    gauge('When it was last analyzed by hand, as Unix time.', LABELS),
  ],
  pg_stat_user_tables_last_autoanalyze: [
    'last_autoanalyze_time',
    gauge('When autovacuum last analyzed it, as Unix time.', LABELS),
  ],
  pg_stat_user_tables_vacuum_count: ['vacuum_count', counter('Vacuums by hand.', LABELS)],
  pg_stat_user_tables_autovacuum_count: ['autovacuum_count', counter('Vacuums by autovacuum.', LABELS)],
  pg_stat_user_tables_analyze_count: ['analyze_count', counter('ANALYZE by hand.', LABELS)],
  pg_stat_user_tables_autoanalyze_count: ['autoanalyze_count', counter('ANALYZE by autovacuum.', LABELS)],
} as const

type Name = keyof typeof FIELDS
const NAMES = Object.keys(FIELDS) as Name[]

const metrics = Object.fromEntries(NAMES.map(name => [name, FIELDS[name][1]])) as {
  readonly [N in Name]: (typeof FIELDS)[N][1]
}

const COLUMNS = NAMES.map(name => {
  const [source] = FIELDS[name]
  const value = `pg_catalog.pg_stat_get_${source}(oid)`
  return source.endsWith('_time')
    ? `extract(epoch FROM ${value})::float8 AS ${name}`
    : `${value}::float8 AS ${name}`
})

const SQL = `WITH ${OBSERVED_TABLES}
SELECT nspname, relname, ${COLUMNS.join(', ')} FROM observed ORDER BY nspname, relname`

/** Rows, scans and vacuums of the tables that matter, 18 series each. A table never vacuumed has no time of it. */
export const tables = defineCollector({
  name: 'tables',
  scope: 'database',
  tier: 'medium',
  metrics,
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<TableRow<Name>>(SQL)
    emitTables(rows, NAMES, connection.target.database, emit)
  },
})
