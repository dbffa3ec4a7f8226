import { defineCollector } from '../collector.ts'
import { counter } from '../exposition/metric.ts'
import { emitTables, OBSERVED_TABLES, type TableRow } from '../observed-tables.ts'

const LABELS = ['datname', 'schemaname', 'relname'] as const

/** Names of postgres_exporter. */
const metrics = {
  pg_statio_user_tables_heap_blocks_read: counter(
    'Blocks of the table that were not in shared buffers.',
    LABELS,
  ),
  pg_statio_user_tables_heap_blocks_hit: counter('Blocks of the table found in shared buffers.', LABELS),
  pg_statio_user_tables_idx_blocks_read: counter(
    'Blocks of its indexes that were not in shared buffers.',
    LABELS,
  ),
  pg_statio_user_tables_idx_blocks_hit: counter('Blocks of its indexes found in shared buffers.', LABELS),
  pg_statio_user_tables_toast_blocks_read: counter(
    'Blocks of its TOAST table that were not in shared buffers.',
    LABELS,
  ),
  pg_statio_user_tables_toast_blocks_hit: counter(
    'Blocks of its TOAST table found in shared buffers.',
    LABELS,
  ),
  pg_statio_user_tables_tidx_blocks_read: counter(
    "Blocks of the TOAST table's index that were not in shared buffers.",
    LABELS,
  ),
  pg_statio_user_tables_tidx_blocks_hit: counter(
    "Blocks of the TOAST table's index found in shared buffers.",
    LABELS,
  ),
} as const

type Name = keyof typeof metrics
const NAMES = Object.keys(metrics) as Name[]

const blocks = (of: string, oid: string) => {
  const hit = `pg_catalog.pg_stat_get_blocks_hit(${oid})`
  return `pg_catalog.pg_stat_get_blocks_fetched(${oid}) - ${hit} AS ${of}_read, ${hit} AS ${of}_hit`
}
const summed = (of: string, oid: string) => {
  const hit = `sum(pg_catalog.pg_stat_get_blocks_hit(${oid}))`
  return `sum(pg_catalog.pg_stat_get_blocks_fetched(${oid})) - ${hit} AS ${of}_read, ${hit} AS ${of}_hit`
}

/** A table without indexes or without a TOAST table has NULL there, and no sample. */
const SQL = `WITH ${OBSERVED_TABLES}, counted AS (
  SELECT o.nspname, o.relname, ${blocks('heap', 'o.oid')}, i.idx_read, i.idx_hit,
         ${blocks('toast', 'nullif(c.reltoastrelid, 0)')}, t.tidx_read, t.tidx_hit
    FROM observed o JOIN pg_catalog.pg_class c ON c.oid = o.oid
   CROSS JOIN LATERAL (SELECT ${summed('idx', 'x.indexrelid')} FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid) i
   CROSS JOIN LATERAL (SELECT ${summed('tidx', 'x.indexrelid')} FROM pg_catalog.pg_index x WHERE x.indrelid = c.reltoastrelid) t
)
SELECT nspname, relname, ${NAMES.map(name => {
  const [, of = '', what = ''] = /_(heap|idx|toast|tidx)_blocks_(read|hit)$/.exec(name) ?? []
  return `${of}_${what}::float8 AS ${name}`
}).join(', ')}
  FROM counted ORDER BY 1, 2`

/** Which of the observed tables is read from disk. */
export const tableIo = defineCollector({
  name: 'table-io',
  scope: 'database',
  tier: 'medium',
  metrics,
  async collect(connection, _facts, emit) {
    const rows = await connection.rows<TableRow<Name>>(SQL)
    emitTables(rows, NAMES, connection.target.database, emit)
  },
})
