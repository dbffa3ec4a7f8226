import type { Connection } from '../../postgres/connect.ts'

/** What a database has of our way to look passwords up. Plain data. */
export interface AuthState {
  readonly role: { readonly canLogin: boolean; readonly isSuperuser: boolean } | undefined
  readonly hasSchema: boolean
  readonly hasTable: boolean
  /** The body of the function, as Postgres keeps it; `undefined`: there is none, or not as it must be. */
  readonly functionBody: string | undefined
  /** Whether anybody may call it. */
  readonly isPublic: boolean
  readonly roleMayUse: boolean
  /** Whether the table, which holds what passwords are checked against, can be read by the role or by everybody. */
  readonly isExposed: boolean
}

/** Reads it in one round trip, without pg_authid, which RDS shows to nobody. Changes nothing. */
export async function inspectAuth(connection: Connection, role: string): Promise<AuthState> {
  const { state } = await connection.row<{ state: AuthState }>(QUERY, [role])
  return { ...state, role: state.role ?? undefined, functionBody: state.functionBody ?? undefined }
}

const QUERY = `
  WITH wanted AS (SELECT (SELECT oid FROM pg_roles WHERE rolname = $1) AS oid),
  place AS (SELECT (SELECT oid FROM pg_namespace WHERE nspname = 'pgbouncer') AS oid),
  kept AS (SELECT c.oid, c.relacl, c.relowner FROM pg_class c, place
            WHERE c.relnamespace = place.oid AND c.relname = 'credential' AND c.relkind = 'r'),
  asked AS (SELECT p.oid, p.prosrc, coalesce(p.proacl, acldefault('f', p.proowner)) AS acl FROM pg_proc p, place
             WHERE p.pronamespace = place.oid AND p.proname = 'get_auth' AND p.prosecdef
               AND p.pronargs = 1 AND p.proargtypes[0] = 'text'::regtype
               AND p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'])
  SELECT jsonb_build_object(
    'role', (SELECT jsonb_build_object('canLogin', rolcanlogin, 'isSuperuser', rolsuper) FROM pg_roles WHERE rolname = $1),
    'hasSchema', (SELECT oid IS NOT NULL FROM place),
    'hasTable', EXISTS (SELECT FROM kept),
    'functionBody', (SELECT prosrc FROM asked),
    'isPublic', EXISTS (SELECT FROM asked, aclexplode(asked.acl) a WHERE a.grantee = 0),
    'roleMayUse', coalesce((SELECT has_schema_privilege(wanted.oid, place.oid, 'USAGE')
                               AND has_function_privilege(wanted.oid, asked.oid, 'EXECUTE')
                              FROM wanted, place, asked WHERE wanted.oid IS NOT NULL), false),
    'isExposed', EXISTS (SELECT FROM kept, aclexplode(kept.relacl) a, wanted
                          WHERE a.grantee IN (0, coalesce(wanted.oid, 0)) AND a.grantee <> kept.relowner)) AS state`
