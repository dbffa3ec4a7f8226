import type { Connection } from '../postgres/connect.ts'
import type { AccessModel } from './model.ts'

/** One privilege somebody other than the owner has; `grantee` null is PUBLIC. */
export interface AclEntry {
  readonly grantee: string | null
  readonly privilege: string
  readonly grantable: boolean
}

/** What the whole server has of a model: its roles and databases. Plain data. */
export interface ClusterState {
  readonly major: number
  readonly me: { readonly name: string; readonly superuser: boolean }
  readonly roles: readonly RoleState[]
  /** Which roles whoever asks may act as: has their privileges by itself, and may SET ROLE to them. */
  readonly mine: readonly { readonly role: string; readonly uses: boolean; readonly sets: boolean }[]
  /** Roles that a server may have or not, where it has them. */
  readonly optional: readonly { readonly role: string; readonly grantable: boolean }[]
  readonly databases: readonly DatabaseFacts[]
  /** Superusers and the server's own roles: what they may is nobody's to decide here. */
  readonly exempt: readonly string[]
}

export interface RoleState {
  readonly name: string
  readonly superuser: boolean
  readonly login: boolean
  readonly inherit: boolean
  readonly connectionLimit: number
  /** `CREATEROLE`, `CREATEDB`, `REPLICATION`, `BYPASSRLS`, those it has. */
  readonly powers: readonly string[]
  /** As ALTER ROLE … SET has them; in one database alone where `database` is given. */
  readonly settings: readonly {
    readonly database: string | null
    readonly name: string
    readonly value: string
  }[]
  readonly memberOf: readonly MembershipState[]
  readonly members: readonly string[]
}

export interface MembershipState {
  readonly role: string
  readonly admin: boolean
  readonly inherit: boolean
  readonly set: boolean
}

export interface DatabaseFacts {
  readonly name: string
  readonly owner: string
  readonly acl: readonly AclEntry[]
}

/** The privileges of an object as JSON, without its owner's. */
export const aclOf = (acl: string, kind: string, owner: string) =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE e.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(e.grantee) END,
      'privilege', e.privilege_type, 'grantable', e.is_grantable)), '[]')
     FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) AS e WHERE e.grantee <> ${owner})`

/** Reads it in one round trip. Changes nothing. */
export async function inspectCluster(connection: Connection, model: AccessModel): Promise<ClusterState> {
  const optional = model.roles.flatMap(role =>
    role.memberOf.filter(each => each.whereThere).map(each => each.role),
  )
  const { state } = await connection.row<{ state: ClusterState }>(QUERY, [
    model.roles.map(role => role.name),
    optional,
    model.databases.map(database => database.name),
  ])
  return state
}

/**
 * Before 16 a membership has no options of its own: whether a role inherits is an attribute of it, and any member may SET ROLE;
 * and whoever has CREATEROLE may grant every role but superusers.
 */
const QUERY = `
  WITH me AS (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole, current_setting('server_version_num')::int / 10000 AS major
      FROM pg_roles r WHERE r.rolname = current_user),
  role AS (SELECT * FROM pg_roles WHERE rolname = ANY ($1))
  SELECT jsonb_build_object(
    'major', (SELECT major FROM me),
    'me', (SELECT jsonb_build_object('name', rolname, 'superuser', rolsuper) FROM me),
    'roles', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', r.rolname, 'superuser', r.rolsuper, 'login', r.rolcanlogin, 'inherit', r.rolinherit, 'connectionLimit', r.rolconnlimit,
        'powers', to_jsonb(array_remove(ARRAY[CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
                     CASE WHEN r.rolreplication THEN 'REPLICATION' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL)),
        'settings', (SELECT coalesce(jsonb_agg(jsonb_build_object('database', d.datname, 'name', split_part(c, '=', 1),
                                                                  'value', substr(c, strpos(c, '=') + 1))), '[]')
                       FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS c
                      WHERE s.setrole = r.oid),
        'memberOf', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'admin', m.admin, 'inherit', m.inherit, 'set', m.set)), '[]')
                       FROM (SELECT pg_get_userbyid(a.roleid) AS role, bool_or(a.admin_option) AS admin,
                                    bool_or(coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, true)) AS inherit,
                                    bool_or(coalesce((to_jsonb(a) ->> 'set_option')::boolean, true)) AS set
                               FROM pg_auth_members a WHERE a.member = r.oid GROUP BY a.roleid) AS m),
        'members', (SELECT coalesce(jsonb_agg(DISTINCT pg_get_userbyid(a.member)), '[]') FROM pg_auth_members a WHERE a.roleid = r.oid))), '[]')
      FROM role r),
    'mine', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'uses', pg_has_role(me.oid, r.oid, 'USAGE'),
                                    'sets', pg_has_role(me.oid, r.oid, CASE WHEN me.major < 16 THEN 'MEMBER' ELSE 'SET' END))), '[]')
               FROM role r, me),
    'optional', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'grantable',
                     me.rolsuper OR pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION') OR me.major < 16 AND me.rolcreaterole)), '[]')
                   FROM pg_roles r, me WHERE r.rolname = ANY ($2)),
    'databases', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', d.datname, 'owner', pg_get_userbyid(d.datdba),
                                                               'acl', ${aclOf('d.datacl', 'd', 'd.datdba')})), '[]')
                    FROM pg_database d WHERE d.datname = ANY ($3)),
    'exempt', (SELECT jsonb_agg(rolname) FROM pg_roles WHERE rolsuper OR rolname LIKE 'pg\\_%')) AS state`
