import { escapeIdentifier, escapeLiteral } from 'pg'
import type { Connection } from '../../postgres/connect.ts'
import type { Script } from '../plan/script.ts'
import type { MigrationLimits } from './lock-policy.ts'

/** A migration that stops between two statements must not keep its locks for long. */
const IDLE_IN_TRANSACTION_MS = 30_000

/**
 * The state every migration starts from, as statements: no setting or role that an earlier file left behind, the schema of
 * the URL first on the search path as Prisma sets it, and our limits.
 */
export function freshSession(connection: Connection, limits: MigrationLimits): string[] {
  const { schema } = connection.target
  const settings = {
    lock_timeout: String(limits.lockTimeoutMs),
    statement_timeout: String(limits.statementTimeoutMs),
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
    search_path: escapeIdentifier(schema),
  }
  const assignments = Object.entries(settings).map(
    ([name, value]) => `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, false)`,
  )
  return ['RESET SESSION AUTHORIZATION', 'RESET ALL', `SELECT ${assignments.join(', ')}`]
}

const setsAnything = ({ statements }: Pick<Script, 'statements'>) =>
  statements.some(({ node }) => 'VariableSetStmt' in node)

/**
 * A file may leave another role or a bound of its own behind; our record of it is written as the role that connected, within
 * our bounds. For the transaction of the record; `keeping` leaves the role to the statements that follow.
 */
export function leaveSettings(
  script: Pick<Script, 'statements'>,
  { statementTimeoutMs, lockTimeoutMs }: MigrationLimits,
  keeping = false,
): string[] {
  if (!setsAnything(script)) return []
  const role = keeping ? ['SET LOCAL SESSION AUTHORIZATION DEFAULT', 'SET LOCAL ROLE NONE'] : ownRole(script)
  return [
    `SET LOCAL statement_timeout = ${statementTimeoutMs}`,
    `SET LOCAL lock_timeout = ${lockTimeoutMs}`,
    ...role,
  ]
}

/** Back to the role that connected, where a file may have left it. */
export function ownRole(script: Pick<Script, 'statements'>): string[] {
  return setsAnything(script) ? ['RESET SESSION AUTHORIZATION', 'RESET ROLE'] : []
}

/** Prisma makes the schema of the URL when it is missing. */
export async function ensureSchema(connection: Connection): Promise<void> {
  const { schema } = connection.target
  const [row] = await connection.rows('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
  if (!row) await connection.run(`CREATE SCHEMA ${escapeIdentifier(schema)}`)
}
