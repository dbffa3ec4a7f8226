import { escapeIdentifier } from 'pg'
import type { AuthState } from './inspect.ts'

/** One statement that is missing. */
export interface AuthStep {
  readonly sql: string
  readonly why: string
}

/** Stands in the place of the password, which is never printed. */
export const PASSWORD_MARK = '<HOWDAH_POOLER_AUTH_PASSWORD>'

/**
 * One whose time is over has no verifier: no password is right then. PgBouncer takes what it gets for true (CVE-2025-2291),
 * so the time is looked at here.
 */
export const GET_AUTH_BODY = `
  SELECT c.username, CASE WHEN c.valid_until <= pg_catalog.now() THEN NULL ELSE c.verifier END
    FROM pgbouncer.credential c WHERE c.username = wanted::pg_catalog.name
`

const CREATE_TABLE = `CREATE TABLE pgbouncer.credential (
  username name PRIMARY KEY,
  verifier text NOT NULL CHECK (verifier LIKE 'SCRAM-SHA-256$%'),
  valid_until timestamptz,
  published_at timestamptz
)`

const CREATE_FUNCTION = `CREATE OR REPLACE FUNCTION pgbouncer.get_auth(wanted text) RETURNS TABLE (username name, verifier text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$${GET_AUTH_BODY}$body$`

/** What lets PgBouncer look passwords up, and nobody else; nothing where it is all there. Pure. */
export function planAuth(state: AuthState, name: string, setsPassword: boolean): AuthStep[] {
  const role = escapeIdentifier(name)
  const steps: AuthStep[] = []
  const add = (sql: string, why: string) => steps.push({ sql, why })
  if (!state.role) add(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 100`, 'there is no such role')
  else if (!state.role.canLogin) add(`ALTER ROLE ${role} LOGIN`, 'it may not log in')
  if (setsPassword) add(`ALTER ROLE ${role} PASSWORD '${PASSWORD_MARK}'`, 'a password was given')
  if (!state.hasSchema) add('CREATE SCHEMA pgbouncer', 'where credentials are')
  if (!state.hasTable) add(CREATE_TABLE, 'what passwords are checked against')
  if (state.isExposed)
    add(
      `REVOKE ALL ON pgbouncer.credential FROM PUBLIC, ${role}`,
      'nobody but the function is to read the table',
    )
  const isNew = state.functionBody === undefined
  if (isNew || state.functionBody?.trim() !== GET_AUTH_BODY.trim())
    add(CREATE_FUNCTION, isNew ? 'what PgBouncer asks' : 'the function is another one')
  if (isNew || state.isPublic)
    add('REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC', 'everybody may call it')
  if (!state.roleMayUse) {
    add(`GRANT USAGE ON SCHEMA pgbouncer TO ${role}`, 'it has to reach the function')
    add(`GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO ${role}`, 'it has to call it')
  }
  return steps
}
