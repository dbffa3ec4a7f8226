import type { Connection } from '../../postgres/connect.ts'

/** What a database has of a role for monitoring. Plain data. */
export interface RoleState {
  /** `undefined`: there is no such role. */
  readonly role:
    | {
        readonly canLogin: boolean
        readonly connectionLimit: number
        readonly isSuperuser: boolean
        /** `statement_timeout=3s`, as ALTER ROLE … SET has them. */
        readonly settings: readonly string[]
      }
    | undefined
  readonly isMonitor: boolean
  /**
   * Whether it may use the connections that `reserved_connections` (16) keeps back; `undefined`: there is no such privilege, or
   * the role that asks may not give it.
   */
  readonly isReserved: boolean | undefined
  /** Amazon RDS logs roles in by IAM through this one; `undefined`: not RDS. */
  readonly isRdsIam: boolean | undefined
  /** Schemas of the database it has to see into, and whether it may. */
  readonly schemas: readonly SchemaState[]
  /** Prisma's history, where it is and cannot be read. */
  readonly historyUnreadable: boolean
}

export interface SchemaState {
  readonly name: string
  readonly usable: boolean
  /** Sequences whose last value it cannot read: pg_monitor does not include that. */
  readonly unreadableSequences: number
  /** Tables of our own record that it cannot read. */
  readonly unreadableTables: number
  /** Whether sequences (of `howdah`: tables) made later by the role that asks will be readable. */
  readonly coversFuture: boolean
}

/** Reads it in one round trip. Changes nothing. */
export async function inspectRole(connection: Connection, name: string, schema: string): Promise<RoleState> {
  const { state } = await connection.row<{ state: RoleState }>(QUERY, [name, schema])
  return {
    ...state,
    role: state.role ?? undefined,
    isReserved: state.isReserved ?? undefined,
    isRdsIam: state.isRdsIam ?? undefined,
  }
}

/** has_…_privilege fails for a role that is not there, so each is asked by its oid; a role without one may do nothing. */
const QUERY = `
  WITH wanted AS (SELECT (SELECT oid FROM pg_roles WHERE rolname = $1) AS oid),
  future AS (
    SELECT n.nspname, d.defaclobjtype AS kind
      FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) AS a, wanted
     WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
       AND a.grantee = wanted.oid AND a.privilege_type = 'SELECT'),
  schemas AS (
    SELECT n.nspname AS name,
           coalesce(has_schema_privilege(wanted.oid, n.oid, 'USAGE'), false) AS usable,
           (SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = n.oid
               -- In a CASE, since the question fails for what is no sequence, and conditions are asked in any order.
               AND CASE c.relkind WHEN 'S' THEN NOT coalesce(has_sequence_privilege(wanted.oid, c.oid, 'SELECT'), false)
                                  ELSE false END) AS "unreadableSequences",
           (SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND n.nspname = 'howdah'
               AND NOT coalesce(has_table_privilege(wanted.oid, c.oid, 'SELECT'), false)) AS "unreadableTables",
           EXISTS (SELECT FROM future f WHERE f.nspname = n.nspname AND f.kind = CASE n.nspname WHEN 'howdah' THEN 'r' ELSE 'S' END) AS "coversFuture"
      FROM pg_namespace n, wanted WHERE n.nspname IN ($2, 'howdah'))
  SELECT jsonb_build_object(
    'role', (SELECT jsonb_build_object('canLogin', r.rolcanlogin, 'connectionLimit', r.rolconnlimit, 'isSuperuser', r.rolsuper,
                                       'settings', coalesce(to_jsonb(r.rolconfig), '[]'))
               FROM pg_roles r WHERE r.rolname = $1),
    'isMonitor', EXISTS (SELECT FROM wanted WHERE oid IS NOT NULL AND pg_has_role(oid, 'pg_monitor', 'USAGE')),
    'isReserved', (SELECT coalesce(pg_has_role(wanted.oid, r.oid, 'USAGE'), false) FROM pg_roles r, wanted
                    WHERE r.rolname = 'pg_use_reserved_connections' AND pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')),
    'isRdsIam', (SELECT coalesce(pg_has_role(wanted.oid, i.oid, 'MEMBER'), false) FROM pg_roles i, wanted WHERE i.rolname = 'rds_iam'),
    'schemas', (SELECT coalesce(jsonb_agg(to_jsonb(schemas) ORDER BY name), '[]') FROM schemas),
    'historyUnreadable', EXISTS (
      SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, wanted
       WHERE n.nspname = $2 AND c.relname = '_prisma_migrations'
         AND NOT coalesce(has_table_privilege(wanted.oid, c.oid, 'SELECT'), false))) AS state`
