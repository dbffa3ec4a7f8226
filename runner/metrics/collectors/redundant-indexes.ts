import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * Expressions are compared as the catalogue stores them, without the positions of the text they came from: pg_get_expr
 * would wait for whoever holds ACCESS EXCLUSIVE on the table. An index on a partition belongs to its parent's and is
 * not counted again.
 */
const WITHOUT_POSITIONS = (column: string) =>
  `coalesce(pg_catalog.regexp_replace(${column}::text, ':(location|list_start|list_end) -?[0-9]+', '', 'g'), '')`

const SQL = `WITH candidate AS (
  SELECT x.indexrelid, x.indrelid, x.indisunique, x.indisreplident, c.relpages::float8 AS pages, c.relispartition, c.relkind,
         ROW(c.relam, x.indnkeyatts, x.indkey::text, x.indclass::text, x.indcollation::text, x.indoption::text,
             ${WITHOUT_POSITIONS('x.indexprs')}, ${WITHOUT_POSITIONS('x.indpred')})::text AS meaning
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE x.indisvalid AND NOT x.indisexclusion AND c.relpersistence <> 't'
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
), twin AS (
  SELECT bool_and(relispartition) AS of_partition, sum(pages) - max(pages) AS pages
    FROM candidate GROUP BY indrelid, meaning HAVING count(*) > 1
), unused AS (
  SELECT c.pages FROM candidate c
   WHERE pg_catalog.pg_stat_get_numscans(c.indexrelid) = 0 AND c.relkind = 'i'
     AND NOT c.indisunique AND NOT c.indisreplident AND c.pages > 128
)
SELECT pg_catalog.current_setting('block_size')::float8 AS block,
       (SELECT count(*) FILTER (WHERE NOT of_partition) FROM twin)::float8 AS duplicate_groups,
       (SELECT coalesce(sum(pages), 0) FROM twin)::float8 AS duplicate_pages,
       (SELECT count(*) FROM unused)::float8 AS unused,
       (SELECT coalesce(sum(pages), 0) FROM unused)::float8 AS unused_pages`

interface Row {
  readonly block: number
  readonly duplicate_groups: number
  readonly duplicate_pages: number
  readonly unused: number
  readonly unused_pages: number
}

/** Indexes that cost every write and serve no read. About 60 ms at 10,000 tables. */
export const redundantIndexes = defineCollector({
  name: 'redundant-indexes',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_index_duplicate_groups: gauge('Groups of indexes of one table that are the same but for their name.', [
      'datname',
    ]),
    pg_index_duplicate_bytes: gauge('What dropping all but the largest of each such group would free.', [
      'datname',
    ]),
    pg_index_unused_count: gauge(
      'Indexes above 1 MiB that nothing has scanned on this server since its statistics began; a replica may use them. Unique ones are left out.',
      ['datname'],
    ),
    pg_index_unused_bytes: gauge('Size of these unused indexes, as of the last VACUUM or ANALYZE.', [
      'datname',
    ]),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    const row = await connection.row<Row>(SQL)
    emit('pg_index_duplicate_groups', row.duplicate_groups, { datname })
    emit('pg_index_duplicate_bytes', row.duplicate_pages * row.block, { datname })
    emit('pg_index_unused_count', row.unused, { datname })
    emit('pg_index_unused_bytes', row.unused_pages * row.block, { datname })
  },
})
