/** One observed table with a value for each metric that is made of it; `null` is a value the server does not have. */
export type TableRow<N extends string> = { readonly nspname: string; readonly relname: string } & Readonly<
  Record<N, number | null>
>

/** Gives every value of every table. */
export function emitTables<N extends string>(
  rows: readonly TableRow<N>[],
  names: readonly N[],
  datname: string,
  emit: (name: N, value: number | null, labels: Record<'datname' | 'schemaname' | 'relname', string>) => void,
): void {
  for (const row of rows) {
    const labels = { datname, schemaname: row.nspname, relname: row.relname }
    for (const name of names) emit(name, row[name], labels)
  }
}

/** The largest by the catalogue's page counts. */
const LARGEST = 30
/** The first by dead rows besides; fewer than this many make no difference to anybody. */
const DEADEST = 20
const LEAST_DEAD = 10_000

/**
 * SQL, a list for WITH: `observed` (oid, nspname, relname) has the tables that have series of their own, at most 50.
 * Size is what the last VACUUM or ANALYZE wrote down (relpages): the size itself would wait for a lock on the table. Dead rows come
 * from the statistics, which take no lock.
 */
export const OBSERVED_TABLES = `candidate AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relpages
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
     AND n.nspname <> 'information_schema'
), dead AS (
  SELECT oid, nspname, relname, pg_catalog.pg_stat_get_dead_tuples(oid) AS rows FROM candidate
), observed AS MATERIALIZED (
  (SELECT oid, nspname, relname FROM candidate ORDER BY relpages DESC, oid LIMIT ${LARGEST})
  UNION
  (SELECT oid, nspname, relname FROM dead WHERE rows >= ${LEAST_DEAD} ORDER BY rows DESC, oid LIMIT ${DEADEST})
)`
