import { escapeIdentifier } from 'pg'
import type { Connection } from '../../../../runner/postgres/connect.ts'
import { SQLSTATE, sqlstateOf } from '../../../../runner/postgres/sqlstate.ts'
import type { SeedContext } from '../../../../runner/seed/profile.ts'

/**
 * Group roles nobody can log in as: `GRANT playground_app TO the_login_of_the_application`. They exist once on a server,
 * their privileges in each database.
 */
const ROLES = [
  { role: 'playground_app', tables: 'SELECT, INSERT, UPDATE, DELETE', sequences: 'USAGE, SELECT' },
  { role: 'playground_readonly', tables: 'SELECT', sequences: 'SELECT' },
] as const

const NAMES = ROLES.map(({ role }) => role).join(', ')

/** Makes the database roles and gives them their privileges, where the connected role may; else says why not. */
export async function ensureRoles({ transaction, journal, schema }: SeedContext): Promise<void> {
  journal.note(
    'the application knows no roles but two marks on a user, is_admin and is_verified; the administrator has both',
  )
  try {
    const made = await transaction(async connection => {
      if (!(await ownsEverything(connection, schema))) return 'the connected role does not own the tables'
      const { may } = await connection.row<{ may: boolean }>(
        'SELECT rolsuper OR rolcreaterole AS may FROM pg_roles WHERE rolname = current_user',
      )
      const missing = await missingRoles(connection)
      if (missing.length > 0 && !may) return 'the connected role lacks CREATEROLE'
      for (const role of missing) await createRole(connection, role)
      for (const each of ROLES) await grant(connection, schema, each)
      return missing
    })
    if (typeof made === 'string') journal.note(`database roles ${NAMES} skipped: ${made}`)
    else if (made.length > 0) journal.note(`database roles ${made.join(', ')} made, without login`)
    else journal.note(`database roles ${NAMES} were there; their privileges are up to date`)
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.insufficientPrivilege) throw error
    journal.note(`database roles ${NAMES} skipped: the connected role may not grant on schema "${schema}"`)
  }
}

/** Asked beforehand: a GRANT of what one does not own is only warned about, and then grants nothing. */
async function ownsEverything(connection: Connection, schema: string): Promise<boolean> {
  const { owns } = await connection.row<{ owns: boolean }>(
    `SELECT coalesce(bool_and(pg_has_role(relowner, 'USAGE')), true) AS owns FROM pg_class
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relname <> '_prisma_migrations'`,
    [schema],
  )
  return owns
}

async function missingRoles(connection: Connection): Promise<string[]> {
  const rows = await connection.rows<{ role: string }>(
    'SELECT role FROM unnest($1::text[]) AS role WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)',
    [ROLES.map(({ role }) => role)],
  )
  return rows.map(row => row.role)
}

/** A seed of another database of the same server may make the role at the same moment; our lock does not reach that far. */
async function createRole(connection: Connection, role: string): Promise<void> {
  const statement = `CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`
  await connection.run(
    `DO $$ BEGIN ${statement}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
  )
}

async function grant(connection: Connection, schema: string, role: (typeof ROLES)[number]): Promise<void> {
  const [name, where] = [escapeIdentifier(role.role), escapeIdentifier(schema)]
  const relations = await connection.rows<{ kind: string; list: string }>(
    // Prisma's own table is nothing an application should write.
    `SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
            string_agg(oid::regclass::text, ', ') AS list
       FROM pg_class
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relname <> '_prisma_migrations' GROUP BY 1`,
    [schema],
  )
  await connection.run(`GRANT USAGE ON SCHEMA ${where} TO ${name}`)
  for (const { kind, list } of relations) {
    const privileges = kind === 'TABLE' ? role.tables : role.sequences
    await connection.run(`GRANT ${privileges} ON ${kind} ${list} TO ${name}`)
  }
  const defaults = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${where}`
  await connection.run(`${defaults} GRANT ${role.tables} ON TABLES TO ${name}`)
  await connection.run(`${defaults} GRANT ${role.sequences} ON SEQUENCES TO ${name}`)
}
