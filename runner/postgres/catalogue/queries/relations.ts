/** Whether an extension made the row of a catalogue: then the extension answers for it. */
export const ownedByExtension = (classId: string, objectId: string) =>
  `EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${classId}'::regclass AND e.objid = ${objectId} AND e.deptype = 'e')`

/**
 * The relations of the schemas in $1 with the words and names reports use. Prisma's own history is not part of what it
 * records. A view's row type and the like are not relations.
 */
export const RELATIONS = `relation AS (
  SELECT c.*, w.word, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
         w.word || ' ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS id
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN (VALUES ('r', 'table'), ('p', 'table'), ('f', 'foreign table'), ('v', 'view'), ('m', 'materialized view'))
      AS w (relkind, word) ON w.relkind = c.relkind::text
   WHERE n.nspname = ANY ($1) AND NOT (c.relkind = 'r' AND c.relname = '_prisma_migrations')
     AND NOT ${ownedByExtension('pg_class', 'c.oid')}
)`

const TABLES = `WITH ${RELATIONS}
SELECT word AS kind, name, NULL AS "of", quote_ident(pg_get_userbyid(relowner)) AS owner, jsonb_build_object(
         'definition', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
         'unlogged', CASE WHEN relpersistence = 'u' THEN true END,
         'rowSecurity', CASE WHEN relkind IN ('r', 'p') THEN
           (CASE WHEN relrowsecurity THEN 'enabled' ELSE 'disabled' END)
             || (CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END) END,
         'options', (SELECT jsonb_agg(o ORDER BY o) FROM unnest(reloptions) AS o),
         'partitionedBy', CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END,
         'partitionOf', CASE WHEN relispartition THEN
           (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = oid) END,
         'bound', pg_get_expr(relpartbound, oid),
         'inherits', CASE WHEN NOT relispartition THEN
           (SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = oid) END,
         'ofType', CASE WHEN reloftype <> 0 THEN format_type(reloftype, NULL) END,
         'replicaIdentity', CASE WHEN relkind IN ('r', 'p') THEN CASE relreplident
           WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN
             (SELECT 'index ' || x.indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = oid AND x.indisreplident) END END,
         'server', (SELECT s.srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = oid),
         'foreignOptions', (SELECT jsonb_agg(o ORDER BY o) FROM pg_foreign_table f, unnest(f.ftoptions) AS o WHERE f.ftrelid = oid)
       ) AS attributes
  FROM relation`

/** A view's columns follow from its definition. Their order is not compared: it is history's by accident, and nobody's by right. */
const COLUMNS = `WITH ${RELATIONS}
SELECT 'column' AS kind, r.name || '.' || quote_ident(a.attname) AS name, r.id AS "of", jsonb_build_object(
         'type', format_type(a.atttypid, a.atttypmod),
         'nullable', NOT a.attnotnull,
         'notNullConstraint', (SELECT 'not validated' FROM pg_constraint k
           WHERE k.conrelid = r.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),
         'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
         'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid)
           || (CASE a.attgenerated WHEN 's' THEN ' stored' ELSE ' virtual' END) END,
         'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
         'identitySequence', CASE WHEN a.attidentity <> '' THEN
           (SELECT format('start %s, increment %s, minimum %s, maximum %s, cache %s%s', q.seqstart, q.seqincrement, q.seqmin,
                          q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN ', cycle' ELSE '' END)
              FROM pg_depend p JOIN pg_sequence q ON q.seqrelid = p.objid
             WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'i'
               AND p.refobjid = r.oid AND p.refobjsubid = a.attnum) END,
         'collation', CASE WHEN a.attcollation <> t.typcollation THEN
           (SELECT quote_ident(s.nspname) || '.' || quote_ident(l.collname) FROM pg_collation l
              JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) END
       ) AS attributes
  FROM relation r
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
 WHERE r.relkind IN ('r', 'p', 'f')`

/** Sequences behind identity columns are told with their column. */
const SEQUENCES = `WITH ${RELATIONS}
SELECT 'sequence' AS kind, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
       'column ' || r.name || '.' || quote_ident(a.attname) AS "of", quote_ident(pg_get_userbyid(c.relowner)) AS owner, jsonb_build_object(
         'type', format_type(q.seqtypid, NULL), 'start', q.seqstart::text, 'increment', q.seqincrement::text,
         'minimum', q.seqmin::text, 'maximum', q.seqmax::text, 'cache', q.seqcache::text,
         'cycle', CASE WHEN q.seqcycle THEN true END,
         'ownedBy', r.name || '.' || quote_ident(a.attname)
       ) AS attributes
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_sequence q ON q.seqrelid = c.oid
  LEFT JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.deptype IN ('a', 'i')
    AND p.refclassid = 'pg_class'::regclass AND p.refobjsubid > 0
  LEFT JOIN relation r ON r.oid = p.refobjid
  LEFT JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
 WHERE n.nspname = ANY ($1) AND p.deptype IS DISTINCT FROM 'i' AND NOT ${ownedByExtension('pg_class', 'c.oid')}`

export const RELATION_QUERIES: readonly string[] = [TABLES, COLUMNS, SEQUENCES]
