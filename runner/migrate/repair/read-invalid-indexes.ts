import type { Connection } from '../../postgres/connect.ts'
import type { RelationName } from '../../sql/classify.ts'

/** An index that Postgres marks INVALID: it costs every write and serves no read. */
export interface InvalidIndex extends RelationName {
  readonly schema: string
  readonly oid: number
  /** As a report names it: `index public.users.users_email_key`. */
  readonly id: string
  /** Qualified and quoted, for a statement. */
  readonly qualified: string
  readonly table: string
  /** The table's name as it is, for comparing. */
  readonly tableName: string
  /** The index of a partitioned table: it becomes valid with its last partition. */
  readonly partitioned: boolean
  /** Processes that hold a lock on its table as a build does. */
  readonly builders: readonly number[]
  /** The index of the same table and definition whose name it bears with `_ccnew` or `_ccold` behind. */
  readonly twin: string | null
}

/**
 * INVALID indexes outside the system's schemas. That one is being built now is told by the lock every concurrent build holds
 * on its table from beginning to end, which any role may see; the progress view hides other roles' builds.
 */
export async function readInvalidIndexes(connection: Connection): Promise<InvalidIndex[]> {
  return connection.rows<InvalidIndex & Record<string, unknown>>(
    `SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name,
            quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS qualified,
            'index ' || quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(c.relname) AS id,
            quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS table, t.relname AS "tableName",
            c.relkind = 'I' AS partitioned,
            ARRAY(SELECT DISTINCT l.pid FROM pg_locks l
                   WHERE l.locktype = 'relation' AND l.relation = t.oid AND l.pid <> pg_backend_pid() AND l.granted
                     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                   ORDER BY 1) AS builders,
            (SELECT o.relname FROM pg_index v JOIN pg_class o ON o.oid = v.indexrelid
              WHERE v.indrelid = i.indrelid AND v.indexrelid <> i.indexrelid AND c.relname ~ '_cc(new|old)[0-9]*$'
                -- Postgres cuts the name where it would be too long.
                AND left(o.relname, length(regexp_replace(c.relname, '_cc(new|old)[0-9]*$', ''))) = regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '')
                AND replace(pg_get_indexdef(v.indexrelid), quote_ident(o.relname) || ' ON ', ' ON ')
                  = replace(pg_get_indexdef(i.indexrelid), quote_ident(c.relname) || ' ON ', ' ON ')
              LIMIT 1) AS twin
       FROM pg_index i
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
      WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'howdah')
      ORDER BY n.nspname, c.relname`,
  )
}

/** What a statement that builds an index and an index itself have in common. */
export const buildKey = (schema: string, table: string, index: string) =>
  JSON.stringify([schema, table, index])
