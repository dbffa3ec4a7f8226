import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/** The size functions look at files and wait for whoever holds ACCESS EXCLUSIVE; the catalogue's page counts do neither. */
const SQL = `WITH size AS (
  SELECT c.oid, n.nspname, c.relname, c.relpages::float8 + coalesce(t.relpages, 0) AS pages
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
   WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   ORDER BY pages DESC, c.oid LIMIT 50
)
SELECT s.nspname AS schemaname, s.relname, s.pages * b.bytes AS table_bytes,
       coalesce((SELECT sum(i.relpages) FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
                  WHERE x.indrelid = s.oid), 0)::float8 * b.bytes AS index_bytes
  FROM size s CROSS JOIN (SELECT pg_catalog.current_setting('block_size')::float8 AS bytes) b ORDER BY s.pages DESC, s.oid`

interface Row {
  readonly schemaname: string
  readonly relname: string
  readonly table_bytes: number
  readonly index_bytes: number
}

const LABELS = ['datname', 'schemaname', 'relname'] as const

/** How large the largest tables are. */
export const tableSizes = defineCollector({
  name: 'table-sizes',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_stat_user_tables_table_size_bytes: gauge(
      'Size of the table and its TOAST table as of the last VACUUM or ANALYZE; the 50 largest.',
      LABELS,
    ),
    pg_stat_user_tables_index_size_bytes: gauge(
      "Size of the table's indexes as of the last VACUUM or ANALYZE; of the 50 largest tables.",
      LABELS,
    ),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    for (const { schemaname, relname, table_bytes, index_bytes } of await connection.rows<Row>(SQL)) {
      const labels = { datname, schemaname, relname }
      emit('pg_stat_user_tables_table_size_bytes', table_bytes, labels)
      emit('pg_stat_user_tables_index_size_bytes', index_bytes, labels)
    }
  },
})
