import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * A build under way is INVALID too, until it ends: it is no leftover. REINDEX CONCURRENTLY has several at once, of which the
 * view names one. To a role without pg_read_all_stats the view names nothing; then the build is known by its lock on the
 * table. The index of a partitioned table is INVALID by design until every partition has one.
 */
const SQL = `SELECT n.nspname AS schemaname, t.relname, i.relname AS indexrelname
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
 WHERE i.relkind = 'i' AND i.relpersistence <> 't' AND (NOT x.indisvalid OR NOT x.indisready)
   AND NOT EXISTS (
     SELECT FROM pg_catalog.pg_stat_progress_create_index p
      WHERE p.datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        AND (p.index_relid = x.indexrelid
             OR p.relid = x.indrelid AND p.command LIKE 'REINDEX%'
             OR p.relid IS NULL AND EXISTS (
                  SELECT FROM pg_catalog.pg_locks l
                   WHERE l.pid = p.pid AND l.locktype = 'relation' AND l.database = p.datid AND l.relation = x.indrelid)))
 ORDER BY 1, 2, 3 LIMIT 100`

interface Row {
  readonly schemaname: string
  readonly relname: string
  readonly indexrelname: string
}

/** Indexes a failed concurrent build left behind: writes maintain them, no query uses them. */
export const invalidIndexes = defineCollector({
  name: 'invalid-indexes',
  scope: 'database',
  tier: 'slow',
  metrics: {
    pg_index_invalid: gauge('1 for each INVALID index that nobody is building; at most 100.', [
      'datname',
      'schemaname',
      'relname',
      'indexrelname',
    ]),
  },
  async collect(connection, _facts, emit) {
    const datname = connection.target.database
    for (const { schemaname, relname, indexrelname } of await connection.rows<Row>(SQL))
      emit('pg_index_invalid', 1, { datname, schemaname, relname, indexrelname })
  },
})
