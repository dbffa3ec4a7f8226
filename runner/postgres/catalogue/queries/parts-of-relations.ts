import { ownedByExtension, RELATIONS } from './relations.ts'

/**
 * Constraints of tables. Left out are those that follow from another one: copies in partitions, inherited checks, and the
 * NOT NULL that version 18 keeps here as well (columns tell it). An index that serves a constraint is part of it.
 * Whether a foreign key is held up depends on its triggers, which DISABLE TRIGGER ALL switches off.
 */
const CONSTRAINTS = `WITH ${RELATIONS}
SELECT 'constraint' AS kind, r.name || '.' || quote_ident(k.conname) AS name, r.id AS "of", jsonb_build_object(
         'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
         'validated', k.convalidated,
         'index', CASE WHEN k.contype IN ('p', 'u', 'x') AND NOT (x.indisvalid AND x.indisready) THEN 'INVALID' END,
         'options', CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT jsonb_agg(o ORDER BY o) FROM unnest(c.reloptions) AS o) END,
         'triggers', CASE WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled = 'D')
           THEN 'disabled' END
       ) AS attributes
  FROM pg_constraint k
  JOIN relation r ON r.oid = k.conrelid
  LEFT JOIN pg_index x ON x.indexrelid = k.conindid
  LEFT JOIN pg_class c ON c.oid = k.conindid
 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0 AND k.conislocal`

/** Indexes that partitions get from their table's are left out; so is what serves a constraint. */
const INDEXES = `WITH ${RELATIONS}
SELECT 'index' AS kind, r.name || '.' || quote_ident(c.relname) AS name, r.id AS "of", jsonb_build_object(
         'definition', pg_get_indexdef(x.indexrelid), 'valid', x.indisvalid AND x.indisready
       ) AS attributes
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indexrelid
  JOIN relation r ON r.oid = x.indrelid
 WHERE NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x'))`

const TRIGGERS = `WITH ${RELATIONS}
SELECT 'trigger' AS kind, r.name || '.' || quote_ident(g.tgname) AS name, r.id AS "of", jsonb_build_object(
         'definition', pg_get_triggerdef(g.oid),
         'enabled', CASE g.tgenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replicas' ELSE 'always' END
       ) AS attributes
  FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid
 WHERE NOT g.tgisinternal AND g.tgparentid = 0`

const POLICIES = `WITH ${RELATIONS}
SELECT 'policy' AS kind, r.name || '.' || quote_ident(p.polname) AS name, r.id AS "of", jsonb_build_object(
         'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
         'kind', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
         'roles', (SELECT jsonb_agg(role ORDER BY role) FROM (
           SELECT CASE o WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END AS role FROM unnest(p.polroles) AS o) AS named),
         'using', pg_get_expr(p.polqual, p.polrelid),
         'check', pg_get_expr(p.polwithcheck, p.polrelid)
       ) AS attributes
  FROM pg_policy p JOIN relation r ON r.oid = p.polrelid`

const RULES = `WITH ${RELATIONS}
SELECT 'rule' AS kind, r.name || '.' || quote_ident(w.rulename) AS name, r.id AS "of", jsonb_build_object(
         'definition', pg_get_ruledef(w.oid),
         'enabled', CASE w.ev_enabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'on replicas' ELSE 'always' END
       ) AS attributes
  FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class
 WHERE w.rulename <> '_RETURN'`

const STATISTICS = `WITH ${RELATIONS}
SELECT 'statistics' AS kind, quote_ident(n.nspname) || '.' || quote_ident(s.stxname) AS name, r.id AS "of",
       jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid)) AS attributes
  FROM pg_statistic_ext s JOIN relation r ON r.oid = s.stxrelid JOIN pg_namespace n ON n.oid = s.stxnamespace
 WHERE NOT ${ownedByExtension('pg_statistic_ext', 's.oid')}`

export const PART_QUERIES: readonly string[] = [CONSTRAINTS, INDEXES, TRIGGERS, POLICIES, RULES, STATISTICS]
