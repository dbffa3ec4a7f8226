import { HowdahError, messageOf } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../postgres/sqlstate.ts'
import { quoted, type Statement } from './statement.ts'

/** Held while one run sets up ("accs" in ASCII): GRANTs on one object at the same time fail over the row of the catalogue. */
const ACCESS_LOCK = 0x61_63_63_73

/** @returns the release; the lock also ends with the session. @throws HowdahError access-busy */
export async function acquireAccessLock(
  connection: Connection,
  { clock, signal }: Runtime,
  budgetMs: number,
): Promise<() => Promise<void>> {
  const started = clock.monotonicMs()
  const taken = await poll(
    async () => {
      const [row] = await connection.rows<{ taken: boolean }>(
        `SELECT pg_try_advisory_lock(${ACCESS_LOCK}) AS taken`,
      )
      return row?.taken || undefined
    },
    { clock, signal, budgetMs, firstPauseMs: 100, maxPauseMs: 1000 },
  )
  if (!taken) {
    const waitedMs = Math.round(clock.monotonicMs() - started)
    throw new HowdahError('access-busy', {
      what: 'another `howdah setup access` runs on this server',
      waitedMs,
    })
  }
  return async () => {
    if (!connection.lost)
      await connection.run(`SELECT pg_advisory_unlock(${ACCESS_LOCK})`).catch(() => undefined)
  }
}

/** A session whose names are all qualified, whatever the role's search_path is. */
export async function openSession(options: ConnectOptions): Promise<Connection> {
  const connection = await connect(options)
  try {
    await connection.run(`SELECT set_config('search_path', '', false)`)
    return connection
  } catch (error) {
    await connection.close().catch(() => undefined)
    throw error
  }
}

/**
 * Runs statements in one transaction: all of them or none. Waits for locks no longer than is said, since others queue behind.
 * @throws HowdahError privilege-missing, access-busy, statement-failed
 */
export async function applyTogether(
  connection: Connection,
  statements: readonly Statement[],
  lockTimeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (statements.length === 0) return
  await connection.transaction(async () => {
    await connection.run(`SELECT set_config('lock_timeout', '${lockTimeoutMs}', true)`)
    for (const statement of statements) {
      signal.throwIfAborted()
      await apply(connection, statement, lockTimeoutMs)
    }
  })
}

/** Runs one statement by itself, as CREATE DATABASE has to. */
export async function apply(
  connection: Connection,
  { sql }: Statement,
  lockTimeoutMs: number,
): Promise<void> {
  try {
    await connection.run(sql)
  } catch (error) {
    throw meaning(connection, sql, error, lockTimeoutMs)
  }
}

function meaning(connection: Connection, sql: string, error: unknown, lockTimeoutMs: number): unknown {
  const sqlstate = sqlstateOf(error)
  if (sqlstate === undefined || isPassing(error)) return error
  const extras = { cause: error, details: { statement: sql, ...serverFields(error) } }
  const reason = messageOf(error)
  const { user } = connection.target
  if (sqlstate === SQLSTATE.insufficientPrivilege) {
    const grant = `ALTER ROLE ${quoted(user)} CREATEROLE CREATEDB; or run what \`howdah setup access --dry-run\` prints as the role that owns it`
    return new HowdahError('privilege-missing', { user, action: sql, reason, grant }, extras)
  }
  if (sqlstate === SQLSTATE.lockNotAvailable)
    return new HowdahError(
      'access-busy',
      { what: `${sql}: others hold the object`, waitedMs: lockTimeoutMs },
      extras,
    )
  return new HowdahError('statement-failed', { what: sql, reason, sqlstate }, extras)
}

/**
 * Whether somebody else did something at the same moment, so that planning anew and trying again leads on. `tuple concurrently
 * updated` has no SQLSTATE but XX000.
 */
export function isPassing(error: unknown): boolean {
  const sqlstate = sqlstateOf(error)
  return sqlstate !== undefined && PASSING.has(sqlstate)
}

const PASSING: ReadonlySet<string> = new Set([
  'XX000',
  SQLSTATE.deadlockDetected,
  SQLSTATE.duplicateObject,
  SQLSTATE.duplicateDatabase,
  SQLSTATE.uniqueViolation,
  // CREATE SCHEMA of one that somebody else has just made.
  '42P06',
])
