import { ownedByExtension } from './relations.ts'

/** Enums, domains, composite and range types of the schemas in $1. The row types of tables and the array types follow from others. */
export const TYPES = `named_type AS (
  SELECT t.*, w.word, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS name,
         w.word || ' ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS id
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN (VALUES ('e', 'enum'), ('d', 'domain'), ('c', 'composite type'), ('r', 'range type')) AS w (typtype, word)
      ON w.typtype = t.typtype::text
   WHERE n.nspname = ANY ($1)
     AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
     AND NOT ${ownedByExtension('pg_type', 't.oid')}
)`

const COLLATION = (oid: string) =>
  `(SELECT quote_ident(s.nspname) || '.' || quote_ident(l.collname) FROM pg_collation l
      JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = ${oid})`

const TYPE_ROWS = `WITH ${TYPES}
SELECT t.word AS kind, t.name, NULL AS "of", quote_ident(pg_get_userbyid(t.typowner)) AS owner, jsonb_build_object(
         'labels', CASE WHEN t.typtype = 'e' THEN
           (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END,
         'type', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
         'nullable', CASE WHEN t.typtype = 'd' THEN NOT t.typnotnull END,
         'default', CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END,
         'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN ${COLLATION('t.typcollation')} END,
         'columns', CASE WHEN t.typtype = 'c' THEN
           (SELECT jsonb_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                     || coalesce(CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || ${COLLATION('a.attcollation')} END, '')
                     ORDER BY a.attnum)
              FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
             WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END,
         'subtype', (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)
       ) AS attributes
  FROM named_type t LEFT JOIN pg_type b ON b.oid = t.typbasetype`

/** From version 17 on a domain's NOT NULL is a constraint as well; the domain tells it. */
const DOMAIN_CONSTRAINTS = `WITH ${TYPES}
SELECT 'constraint' AS kind, t.name || '.' || quote_ident(k.conname) AS name, t.id AS "of", jsonb_build_object(
         'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''), 'validated', k.convalidated
       ) AS attributes
  FROM pg_constraint k JOIN named_type t ON t.oid = k.contypid
 WHERE k.contype = 'c'`

/** The column for the locale was renamed in 17; as JSON all versions are asked alike. */
const COLLATIONS = `SELECT 'collation' AS kind, quote_ident(n.nspname) || '.' || quote_ident(c.collname) AS name, NULL AS "of",
       quote_ident(pg_get_userbyid(c.collowner)) AS owner, jsonb_build_object(
         'provider', c.collprovider::text, 'deterministic', c.collisdeterministic,
         'locale', coalesce(j ->> 'colllocale', j ->> 'colliculocale', c.collcollate::text), 'rules', j ->> 'collicurules'
       ) AS attributes
  FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace CROSS JOIN LATERAL to_jsonb(c) AS j
 WHERE n.nspname = ANY ($1) AND NOT ${ownedByExtension('pg_collation', 'c.oid')}`

/** Routines of the schemas in $1, named by the types of their arguments, since names of arguments do not tell them apart. */
export const ROUTINES = `routine AS (
  SELECT p.*, w.word, n.nspname, quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')' AS name,
         w.word || ' ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')' AS id
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN (VALUES ('f', 'function'), ('w', 'function'), ('p', 'procedure'), ('a', 'aggregate')) AS w (prokind, word)
      ON w.prokind = p.prokind::text
   WHERE n.nspname = ANY ($1) AND NOT ${ownedByExtension('pg_proc', 'p.oid')}
     AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
)`

const ROUTINE_ROWS = `WITH ${ROUTINES}
SELECT word AS kind, name, NULL AS "of", quote_ident(pg_get_userbyid(proowner)) AS owner, jsonb_build_object(
         'definition', CASE WHEN prokind <> 'a' THEN pg_get_functiondef(routine.oid) ELSE
           (SELECT format('%s, transition %s, state %s, final %s, combine %s, initial %s', pg_get_function_arguments(routine.oid),
                          a.aggtransfn::regprocedure, format_type(a.aggtranstype, NULL), a.aggfinalfn::regprocedure,
                          a.aggcombinefn::regprocedure, coalesce(quote_literal(a.agginitval), 'none'))
              FROM pg_aggregate a WHERE a.aggfnoid = routine.oid) END
       ) AS attributes
  FROM routine`

export const TYPE_AND_ROUTINE_QUERIES: readonly string[] = [
  TYPE_ROWS,
  DOMAIN_CONSTRAINTS,
  COLLATIONS,
  ROUTINE_ROWS,
]
