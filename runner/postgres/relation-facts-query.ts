/** `{schema, name}` of the relation with that oid. */
const pair = (oid: string) =>
  `(SELECT jsonb_build_object('schema', pn.nspname, 'name', pc.relname)
      FROM pg_class pc JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE pc.oid = ${oid})`

/** A list of them; `[]` for none. */
const pairs = (oids: string) =>
  `coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_object('schema', pn.nspname, 'name', pc.relname))
      FROM (${oids}) AS o(oid) JOIN pg_class pc USING (oid) JOIN pg_namespace pn ON pn.oid = pc.relnamespace), '[]')`

/** Which view reads which relation: a view's query is its `_RETURN` rule, and the rule depends on what it reads. */
const VIEW_READS = `
  SELECT DISTINCT r.ev_class AS view, d.refobjid AS source
    FROM pg_rewrite r JOIN pg_depend d
      ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
   WHERE r.rulename = '_RETURN' AND d.refobjid <> r.ev_class`

const DESCENDANTS = `
  WITH RECURSIVE tree(oid) AS (
    SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid
    UNION SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = tree.oid)
  SELECT oid FROM tree`

const COLUMNS = `
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
             'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
             'notNull', a.attnotnull AND NOT EXISTS (
                SELECT FROM pg_constraint k
                 WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]),
             'isChecked', EXISTS (
                SELECT FROM pg_depend d LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
                 WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
                   AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR EXISTS (
                          SELECT FROM pg_constraint k
                           WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'c'))),
             'isIndexed', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)),
             'collation', (SELECT l.collname FROM pg_collation l JOIN pg_type t ON t.oid = a.atttypid
                            WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation)))
      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')`

const CONSTRAINTS = `
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
             'name', k.conname, 'contype', k.contype, 'isValid', k.convalidated,
             'columns', (SELECT coalesce(jsonb_agg(a.attname), '[]') FROM pg_attribute a
                          WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
             'references', ${pair('nullif(k.confrelid, 0)')},
             'definition', CASE k.contype WHEN 'c' THEN pg_get_constraintdef(k.oid) END))
      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 't'), '[]')`

/** How sizes are found: `measured` asks for the files and waits for whoever locks a table; `estimated` reads what the last VACUUM or ANALYZE noted. */
export type SizeSource = 'measured' | 'estimated'

const BYTES: Record<SizeSource, string> = {
  measured: 'pg_total_relation_size(l.oid)',
  estimated: `(SELECT sum(f.relpages) * current_setting('block_size')::bigint FROM pg_class f
                WHERE f.oid IN (l.oid, l.reltoastrelid)
                   OR f.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (l.oid, l.reltoastrelid)))`,
}

/** Sizes are of the files that hold rows: a partitioned table itself has none. pg_partition_tree would lock its tables. */
const sizes = (source: SizeSource) => `
  SELECT coalesce(sum(${BYTES[source]}), 0)::text AS bytes,
         CASE WHEN bool_or(l.reltuples < 0) THEN NULL ELSE sum(l.reltuples) END AS rows
    FROM (SELECT c.oid WHERE c.relkind IN ('r', 'm', 'i', 't')
          UNION SELECT leaf.oid FROM (${DESCENDANTS}) AS leaf WHERE c.relkind IN ('p', 'I')) AS s(oid)
    JOIN pg_class l ON l.oid = s.oid AND l.relkind IN ('r', 'm', 'i', 't')`

/** $1: schemas, $2: names, pairwise. One row: the relations, all types that are not built in, and the session's time zone. */
export const relationFactsQuery = (source: SizeSource) => `
  WITH view_reads AS MATERIALIZED (${VIEW_READS}),
  named AS (
    SELECT c.oid FROM unnest($1::text[], $2::text[]) AS wanted(schema, name)
      JOIN pg_namespace n ON n.nspname = wanted.schema
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name),
  tables AS (
    SELECT oid FROM named UNION SELECT indrelid FROM pg_index WHERE indexrelid IN (SELECT oid FROM named)),
  near AS (
    SELECT oid FROM tables
    UNION SELECT inhparent FROM pg_inherits WHERE inhrelid IN (SELECT oid FROM tables)
    UNION SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent IN (SELECT oid FROM tables)
    UNION SELECT confrelid FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables) AND confrelid <> 0
    UNION SELECT conrelid FROM pg_constraint WHERE confrelid IN (SELECT oid FROM tables) AND conrelid <> 0
    UNION SELECT source FROM view_reads WHERE view IN (SELECT oid FROM tables)
    UNION SELECT view FROM view_reads WHERE source IN (SELECT oid FROM tables)),
  described AS (
    SELECT n.nspname AS schema, c.relname AS name, c.relkind, size.bytes, size.rows,
           ${COLUMNS} AS columns, ${CONSTRAINTS} AS constraints,
           ${pair('(SELECT indrelid FROM pg_index WHERE indexrelid = c.oid)')} AS index_of,
           ${pair('(SELECT inhparent FROM pg_inherits WHERE inhrelid = c.oid ORDER BY inhseqno LIMIT 1)')} AS parent,
           ${pair('(SELECT nullif(partdefid, 0) FROM pg_partitioned_table WHERE partrelid = c.oid)')} AS default_partition,
           ${pairs(DESCENDANTS)} AS children,
           ${pairs("SELECT conrelid FROM pg_constraint WHERE confrelid = c.oid AND contype = 'f' AND conrelid <> c.oid")} AS referenced_by,
           ${pairs('SELECT source FROM view_reads WHERE view = c.oid')} AS reads,
           ${pairs('SELECT view FROM view_reads WHERE source = c.oid')} AS read_by
      FROM near JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace,
           LATERAL (${sizes(source)}) AS size
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema'))
  SELECT coalesce((SELECT jsonb_agg(to_jsonb(described)) FROM described), '[]') AS relations,
         coalesce((
           SELECT jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', t.typname, 'kind', CASE t.typtype
                    WHEN 'e' THEN 'enum'
                    WHEN 'd' THEN CASE
                      WHEN t.typnotnull OR b.typtype = 'd' OR EXISTS (SELECT FROM pg_constraint WHERE contypid = t.oid)
                      THEN 'constrained-domain' ELSE 'domain' END
                    ELSE 'other' END,
                  'base', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END))
             FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
             LEFT JOIN pg_type b ON b.oid = t.typbasetype
             LEFT JOIN pg_class r ON r.oid = t.typrelid
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
              AND t.typcategory <> 'A' AND (r.oid IS NULL OR r.relkind = 'c')), '[]') AS types,
         current_setting('TimeZone') AS time_zone`
