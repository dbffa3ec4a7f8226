/**
 * What postgres_exporter exports of every table by default since 0.13 (its collectors stat_user_tables and statio_user_tables,
 * sizes since 0.15), in the form that 0.11 reads: queries of the user's.
 */
const LABELS = ['datname', 'schemaname', 'relname']

const COUNTS = [
  'seq_scan',
  'seq_tup_read',
  'idx_scan',
  'idx_tup_fetch',
  'n_tup_ins',
  'n_tup_upd',
  'n_tup_del',
  'n_tup_hot_upd',
  'n_live_tup',
  'n_dead_tup',
  'n_mod_since_analyze',
  'vacuum_count',
  'autovacuum_count',
  'analyze_count',
  'autoanalyze_count',
]

const MOMENTS = ['last_vacuum', 'last_autovacuum', 'last_analyze', 'last_autoanalyze']

const SIZES = { table_size_bytes: 'pg_table_size(relid)', index_size_bytes: 'pg_indexes_size(relid)' }

const BLOCKS = ['heap', 'idx', 'toast', 'tidx'].flatMap(what => [`${what}_blks_read`, `${what}_blks_hit`])

const usage = (columns: readonly string[]) => [
  ...LABELS.map(name => ({ [name]: { usage: 'LABEL', description: name } })),
  ...columns.map(name => ({ [name]: { usage: 'GAUGE', description: name } })),
]

export const TABLE_QUERIES = {
  pg_stat_user_tables: {
    query: `SELECT ${[
      'current_database() AS datname',
      'schemaname',
      'relname',
      ...COUNTS,
      ...MOMENTS.map(name => `coalesce(extract(epoch FROM ${name}), 0) AS ${name}`),
      ...Object.entries(SIZES).map(([name, size]) => `${size} AS ${name}`),
    ].join(', ')} FROM pg_stat_user_tables`,
    metrics: usage([...COUNTS, ...MOMENTS, ...Object.keys(SIZES)]),
  },
  pg_statio_user_tables: {
    query: `SELECT current_database() AS datname, schemaname, relname, ${BLOCKS.join(', ')} FROM pg_statio_user_tables`,
    metrics: usage(BLOCKS),
  },
}
