import type { Connection } from '../../postgres/connect.ts'

export interface IndexFacts {
  /** A copy of the database (CREATE DATABASE … TEMPLATE) has the same. */
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly table: string
  readonly columns: readonly string[]
  /** Why Prisma's schema language has no words for it; `null` when it has. */
  readonly inexpressible: string | null
  readonly partial: boolean
  /** `btree`, `gin`. */
  readonly method: string
}

export interface ColumnFacts {
  readonly schema: string
  readonly table: string
  readonly name: string
  /** Name and schema of its type, of the element's where it is an array. */
  readonly type: string
  readonly typeSchema: string
  readonly array: boolean
  readonly generated: boolean
}

export interface TableFacts {
  readonly schema: string
  readonly name: string
  readonly partitioned: boolean
}

/** What of a database decides whether Prisma can express it. */
export interface SchemaFacts {
  readonly indexes: readonly IndexFacts[]
  readonly columns: readonly ColumnFacts[]
  readonly tables: readonly TableFacts[]
  /** Labels of the enums. */
  readonly enums: readonly {
    readonly schema: string
    readonly name: string
    readonly labels: readonly string[]
  }[]
}

const OWN = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'howdah')`

/** Prisma's language has no words for INCLUDE, expressions, NULLS FIRST, collations, and operator classes of btree and hash. */
const INDEXES = `
  SELECT i.oid::int8::float8 AS oid, n.nspname AS schema, i.relname AS name, t.relname AS table, x.indpred IS NOT NULL AS partial, m.amname AS method,
         ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) AS k (number)
                 JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number) AS columns,
         CASE
           WHEN x.indexprs IS NOT NULL THEN 'it is on an expression'
           WHEN x.indisexclusion THEN 'it belongs to an exclusion constraint'
           WHEN x.indnatts > x.indnkeyatts THEN 'it has INCLUDE columns'
           WHEN x.indnullsnotdistinct THEN 'it has NULLS NOT DISTINCT'
           WHEN m.amname NOT IN ('btree', 'hash', 'gin', 'gist', 'spgist', 'brin') THEN 'its method is ' || m.amname
           WHEN m.amname = 'btree' AND EXISTS (
                  SELECT FROM unnest(x.indoption::int2[]) AS o (bits) WHERE o.bits IN (1, 2)) THEN 'it sorts nulls otherwise than by default'
           WHEN m.amname IN ('btree', 'hash') AND EXISTS (
                  SELECT FROM unnest(x.indclass::oid[]) AS c (class) JOIN pg_opclass o ON o.oid = c.class WHERE NOT o.opcdefault)
             THEN 'it has an operator class of its own'
           WHEN EXISTS (
                  SELECT FROM unnest(x.indkey::int2[], x.indcollation::oid[]) AS k (number, collation_)
                    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
                   WHERE k.collation_ <> 0 AND k.collation_ <> a.attcollation) THEN 'it has a collation of its own'
         END AS inexpressible
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = i.relnamespace
    JOIN pg_am m ON m.oid = i.relam
   WHERE ${OWN}`

const COLUMNS = `
  SELECT n.nspname AS schema, t.relname AS table, a.attname AS name, coalesce(e.typname, y.typname) AS type,
         (SELECT nspname FROM pg_namespace WHERE oid = coalesce(e.typnamespace, y.typnamespace)) AS "typeSchema",
         e.oid IS NOT NULL AS array, a.attgenerated <> '' AS generated
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_type e ON e.oid = y.typelem AND y.typcategory = 'A'
   WHERE a.attnum > 0 AND NOT a.attisdropped AND ${OWN}`

const TABLES = `
  SELECT n.nspname AS schema, t.relname AS name, t.relkind = 'p' OR t.relispartition AS partitioned
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
   WHERE t.relkind IN ('r', 'p') AND ${OWN}`

const ENUMS = `
  SELECT n.nspname AS schema, y.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
    FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace JOIN pg_enum e ON e.enumtypid = y.oid
   WHERE ${OWN} GROUP BY 1, 2`

export const NO_FACTS: SchemaFacts = { indexes: [], columns: [], tables: [], enums: [] }

/** Reads the catalogue; changes nothing. */
export async function readSchemaFacts(connection: Connection): Promise<SchemaFacts> {
  return {
    indexes: await connection.rows<IndexFacts & object>(INDEXES),
    columns: await connection.rows<ColumnFacts & object>(COLUMNS),
    tables: await connection.rows<TableFacts & object>(TABLES),
    enums: await connection.rows<SchemaFacts['enums'][number] & object>(ENUMS),
  }
}

/** The schemas that tables and enums of some databases lie in. */
export function schemasOf(...facts: readonly SchemaFacts[]): string[] {
  return [...new Set(facts.flatMap(({ tables, enums }) => [...tables, ...enums].map(({ schema }) => schema)))]
}
