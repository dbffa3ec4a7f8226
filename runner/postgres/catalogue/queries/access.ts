import { ownedByExtension, RELATIONS } from './relations.ts'
import { ROUTINES, TYPES } from './types-and-routines.ts'

const SCHEMAS = `SELECT 'schema' AS kind, quote_ident(nspname) AS name, NULL AS "of", quote_ident(pg_get_userbyid(nspowner)) AS owner,
       '{}'::jsonb AS attributes
  FROM pg_namespace WHERE nspname = ANY ($1)`

/** Extensions belong to the database. Versions differ between servers by right. */
const EXTENSIONS = `SELECT 'extension' AS kind, quote_ident(x.extname) AS name, NULL AS "of", quote_ident(pg_get_userbyid(x.extowner)) AS owner,
       x.extversion AS version, jsonb_build_object('schema', quote_ident(n.nspname)) AS attributes
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
 WHERE x.extname <> 'plpgsql' AND cardinality($1::text[]) > 0`

/**
 * One row for each object and grantee. What an owner may do follows from his owning it, and who owns is not compared: servers
 * have their own accounts. An object nobody granted anything on has what Postgres gives by default, written out (`acldefault`).
 * Default privileges are nobody's history: what they give is marked, and what they take from PUBLIC counts as if it were there.
 */
const GRANTS = `WITH ${RELATIONS}, ${TYPES}, ${ROUTINES}, object (id, schema, owner, class, acl) AS (
  SELECT id, relnamespace, relowner, 'r', coalesce(relacl, acldefault('r', relowner)) FROM relation
  UNION ALL
  SELECT 'column ' || r.name || '.' || quote_ident(a.attname), r.relnamespace, r.relowner, 'column', a.attacl
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL
  UNION ALL
  SELECT 'sequence ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relnamespace, c.relowner, 'S', coalesce(c.relacl, acldefault('s', c.relowner))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'S' AND n.nspname = ANY ($1) AND NOT ${ownedByExtension('pg_class', 'c.oid')}
  UNION ALL
  SELECT id, typnamespace, typowner, 'T', coalesce(typacl, acldefault('T', typowner)) FROM named_type
  UNION ALL
  SELECT id, pronamespace, proowner, 'f', coalesce(proacl, acldefault('f', proowner)) FROM routine
  UNION ALL
  SELECT 'schema ' || quote_ident(nspname), oid, nspowner, 'n', coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE nspname = ANY ($1)
), granted AS (
  SELECT o.id, o.schema, o.owner, o.class, e.grantee,
         array_agg(DISTINCT e.privilege_type || CASE WHEN e.is_grantable THEN ' with grant option' ELSE '' END) AS privileges,
         false AS withheld
    FROM object o CROSS JOIN LATERAL aclexplode(o.acl) AS e
   WHERE e.grantee <> o.owner
   GROUP BY o.id, o.schema, o.owner, o.class, e.grantee
  UNION ALL
  -- Taken from PUBLIC for good by default privileges, or with the way into a schema that they give others: it is as if it were there.
  SELECT o.id, o.schema, o.owner, o.class, 0, ARRAY[CASE o.class WHEN 'f' THEN 'EXECUTE' ELSE 'USAGE' END], true
    FROM object o
   WHERE NOT EXISTS (SELECT FROM aclexplode(o.acl) AS e WHERE e.grantee = 0)
     AND (o.class = 'f' AND EXISTS (
            SELECT FROM pg_default_acl d WHERE d.defaclrole = o.owner AND d.defaclnamespace = 0 AND d.defaclobjtype = 'f'
               AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS e WHERE e.grantee = 0))
       OR o.class = 'n' AND o.id = 'schema public' AND EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclnamespace = o.schema))
)
SELECT 'grant' AS kind, g.id AS "of", g.id || ' to ' || who.name AS name,
       jsonb_build_object('grantee', who.name, 'privileges', (SELECT jsonb_agg(p ORDER BY p) FROM unnest(g.privileges) AS p)) AS attributes,
       g.withheld, EXISTS (SELECT FROM pg_default_acl d
                WHERE d.defaclrole = g.owner AND d.defaclnamespace IN (0, g.schema) AND d.defaclobjtype::text = g.class
                  AND g.privileges <@ (SELECT array_agg(e.privilege_type || CASE WHEN e.is_grantable THEN ' with grant option' ELSE '' END)
                                         FROM aclexplode(d.defaclacl) AS e WHERE e.grantee = g.grantee))
       -- Whoever is given what will be made in a schema has to be let into it, for which there is no default.
       OR g.class = 'n' AND g.privileges <@ ARRAY['USAGE'] AND EXISTS (
         SELECT FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS e
          WHERE d.defaclnamespace = g.schema AND e.grantee = g.grantee) AS "byDefault",
       g.privileges <@ ARRAY['SELECT', 'USAGE'] AND EXISTS (
         SELECT FROM pg_auth_members m WHERE m.member = g.grantee AND m.roleid = 'pg_monitor'::regrole) AS "toMonitor"
  FROM granted g
  CROSS JOIN LATERAL (SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS name) AS who`

export const ACCESS_QUERIES: readonly string[] = [SCHEMAS, EXTENSIONS, GRANTS]
