import type { Connection } from '../postgres/connect.ts'
import { type AclEntry, aclOf } from './inspect-cluster.ts'
import type { ModelDatabase } from './model.ts'

/** What a database has inside of a model. Plain data. */
export interface DatabaseState {
  readonly schemas: readonly {
    readonly name: string
    readonly owner: string
    readonly acl: readonly AclEntry[]
  }[]
  /** What lies in them, but for what extensions own. */
  readonly objects: readonly ObjectState[]
  /** ALTER DEFAULT PRIVILEGES of the makers. */
  readonly defaults: readonly DefaultAcl[]
  readonly extensions: readonly ExtensionState[]
}

export interface ObjectState {
  /** A type is only owned; a column is listed where it has privileges of its own, of which the model knows none. */
  readonly kind: 'table' | 'sequence' | 'routine' | 'type' | 'column'
  /** The word ALTER … OWNER TO wants: `MATERIALIZED VIEW`; `null` where the owner follows from something else. */
  readonly alter: string | null
  readonly schema: string
  /** Without its schema, unquoted; of a routine with its arguments. */
  readonly plain: string
  /** Qualified and quoted; of a column its table. */
  readonly name: string
  /** Quoted; of columns only. */
  readonly column?: string
  readonly owner: string
  readonly acl: readonly AclEntry[]
}

export interface DefaultAcl {
  readonly maker: string
  /** `null`: in every schema. */
  readonly schema: string | null
  /** As pg_default_acl has it: r, S, f, T, n, L. */
  readonly type: string
  readonly acl: readonly AclEntry[]
}

export interface ExtensionState {
  readonly name: string
  readonly installed: boolean
  /** The one schema its author lets it have. */
  readonly fixedSchema: string | null
}

/** A database that is still to be made has what initdb gives to every one. */
export const FRESH_DATABASE: DatabaseState = {
  schemas: [
    {
      name: 'public',
      owner: 'pg_database_owner',
      acl: [{ grantee: null, privilege: 'USAGE', grantable: false }],
    },
  ],
  objects: [],
  defaults: [],
  extensions: [],
}

/** Reads it in one round trip. The session's search_path has to be empty, so that names are qualified. Changes nothing. */
export async function inspectDatabase(
  connection: Connection,
  database: ModelDatabase,
): Promise<DatabaseState> {
  const { state } = await connection.row<{ state: DatabaseState }>(QUERY, [
    database.schemas,
    database.makers,
    database.extensions.map(extension => extension.name),
  ])
  return state
}

const ownedByExtension = (classId: string, objectId: string) =>
  `EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${classId}'::regclass AND x.objid = ${objectId} AND x.deptype = 'e')`

/** Sequences of columns and row types of tables belong to whoever has the table. */
const QUERY = `
  WITH space AS (SELECT * FROM pg_namespace WHERE nspname = ANY ($1)),
  relation AS (
    SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN space n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT ${ownedByExtension('pg_class', 'c.oid')}),
  object AS (
    SELECT 'table' AS kind, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS alter,
           nspname AS schema, relname::text AS plain, name, NULL AS "column", pg_get_userbyid(relowner) AS owner, ${aclOf('relacl', 'r', 'relowner')} AS acl
      FROM relation WHERE relkind <> 'S'
    UNION ALL
    SELECT 'sequence', CASE WHEN NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = relation.oid AND d.deptype IN ('a', 'i')
                                                AND d.refclassid = 'pg_class'::regclass) THEN 'SEQUENCE' END,
           nspname, relname, name, NULL, pg_get_userbyid(relowner), ${aclOf('relacl', 's', 'relowner')}
      FROM relation WHERE relkind = 'S'
    UNION ALL
    SELECT 'column', NULL, nspname, relname, name, quote_ident(a.attname), pg_get_userbyid(relowner),
           (SELECT jsonb_agg(jsonb_build_object('grantee', CASE e.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(e.grantee) END,
                                                'privilege', e.privilege_type, 'grantable', e.is_grantable))
              FROM aclexplode(a.attacl) AS e WHERE e.grantee <> relowner)
      FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid
     WHERE a.attnum > 0 AND NOT a.attisdropped AND EXISTS (SELECT FROM aclexplode(a.attacl) AS e WHERE e.grantee <> relowner)
    UNION ALL
    SELECT 'routine', 'ROUTINE', n.nspname, format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
           format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), NULL, pg_get_userbyid(p.proowner),
           ${aclOf('p.proacl', 'f', 'p.proowner')}
      FROM pg_proc p JOIN space n ON n.oid = p.pronamespace
     WHERE NOT ${ownedByExtension('pg_proc', 'p.oid')}
       -- Constructors of a range type come with it.
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)
    UNION ALL
    SELECT 'type', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname, format('%I.%I', n.nspname, t.typname), NULL,
           pg_get_userbyid(t.typowner), '[]'::jsonb
      FROM pg_type t JOIN space n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND NOT ${ownedByExtension('pg_type', 't.oid')})
  SELECT jsonb_build_object(
    'schemas', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', nspname, 'owner', pg_get_userbyid(nspowner),
                                                             'acl', ${aclOf('nspacl', 'n', 'nspowner')}) ORDER BY nspname), '[]') FROM space),
    'objects', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(o) - 'acl' - 'alter') || jsonb_build_object('acl', o.acl, 'alter', o.alter)
                                          ORDER BY o.kind, o.name, o."column"), '[]') FROM object o),
    'defaults', (SELECT coalesce(jsonb_agg(jsonb_build_object('maker', pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'type', d.defaclobjtype,
        'acl', (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE e.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(e.grantee) END,
                                                    'privilege', e.privilege_type, 'grantable', e.is_grantable)), '[]')
                  FROM aclexplode(d.defaclacl) AS e WHERE e.grantee <> d.defaclrole))), '[]')
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
     WHERE pg_get_userbyid(d.defaclrole) = ANY ($2) AND (d.defaclnamespace = 0 OR n.nspname = ANY ($1))),
    'extensions', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', w.name, 'installed', EXISTS (SELECT FROM pg_extension e WHERE e.extname = w.name),
        'fixedSchema', (SELECT v.schema FROM pg_available_extension_versions v JOIN pg_available_extensions a ON a.name = v.name AND a.default_version = v.version
                         WHERE v.name = w.name))), '[]')
      FROM unnest($3::text[]) AS w (name))) AS state`
