import { DatabaseError } from 'pg'
import { HowdahError, messageOf } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Connection } from '../postgres/connect.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../postgres/sqlstate.ts'
import { excerptAt, offsetOfCodePoint } from '../sql/position.ts'
import { type ClassifiedStatement, locate, type Script } from './script.ts'

/** The bounds a migration keeps, in milliseconds. */
export interface MigrationLimits {
  readonly lockTimeoutMs: number
  readonly lockBudgetMs: number
  readonly statementTimeoutMs: number
  readonly runLockBudgetMs: number
}

/** What is left after a failure, as the first half of the hint. */
const REMAINS = {
  file: 'Nothing of this file is in the database: its transaction was rolled back.',
  statement: 'The statements before this one have taken effect and are recorded; this one has not.',
} as const

/** Sends one statement; an error comes back with file, line, caret and SQLSTATE. */
export async function sendStatement(
  connection: Connection,
  script: Script,
  statement: ClassifiedStatement,
  scope: keyof typeof REMAINS,
): Promise<void> {
  try {
    await connection.run(statement.text)
  } catch (error) {
    if (error instanceof HowdahError) throw error
    throw statementError(script, statement, scope, error)
  }
}

function statementError(
  script: Script,
  statement: ClassifiedStatement,
  scope: keyof typeof REMAINS,
  error: unknown,
): HowdahError {
  const offset = statement.start + offsetInStatement(statement, error)
  const location = locate(script, offset)
  const details = {
    migration: script.migration,
    file: script.file,
    statement: statement.index,
    location,
    ...serverFields(error),
  }
  const excerpt = [excerptAt(script.text, offset), ...serverNotes(error)].join('\n')
  const sqlstate = sqlstateOf(error)
  const params = {
    location,
    reason: messageOf(error),
    sqlstate: sqlstate ?? 'unknown',
    remains: REMAINS[scope],
  }
  return new HowdahError('migration-failed', params, { cause: error, details, excerpt })
}

/** The server counts characters from 1 in the text it was sent; without a position the statement's first one has to do. */
function offsetInStatement({ text }: ClassifiedStatement, error: unknown): number {
  const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN
  return Number.isInteger(position) && position > 0 ? offsetOfCodePoint(text, position - 1) : 0
}

function serverNotes(error: unknown): string[] {
  if (!(error instanceof DatabaseError)) return []
  const notes = [error.detail && `  detail: ${error.detail}`, error.hint && `  server's hint: ${error.hint}`]
  return notes.filter((note): note is string => Boolean(note))
}

/** Errors after which a whole transaction may simply be tried again: nothing of it remains. */
const RETRIED: readonly (string | undefined)[] = [SQLSTATE.lockNotAvailable, SQLSTATE.deadlockDetected]

/**
 * Runs a transaction, again and again while a table lock cannot be had, within the budget. Every attempt waits at most
 * `lockTimeoutMs` for a lock, and only that long does anybody queue behind it; there is no last, unbounded try.
 * @returns the number of attempts
 * @throws HowdahError migration-lock-timeout
 */
export async function withLockRetries(
  { clock, signal, log }: Runtime,
  { lockBudgetMs, lockTimeoutMs }: MigrationLimits,
  body: (attempt: number) => Promise<void>,
): Promise<number> {
  let attempts = 0
  let last: HowdahError | undefined
  const done = await poll(
    async () => {
      attempts += 1
      try {
        await body(attempts)
        return true
      } catch (error) {
        if (!(error instanceof HowdahError) || !RETRIED.includes(sqlstateOf(error.cause))) throw error
        last = error
        return undefined
      }
    },
    {
      clock,
      signal,
      budgetMs: lockBudgetMs,
      firstPauseMs: 250,
      maxPauseMs: 10_000,
      onWait: waitedMs => {
        const fields = { attempts, waitedMs: Math.round(waitedMs), budgetMs: lockBudgetMs }
        log.warn(
          'migration.lock-wait',
          `${last?.details.location}: no table lock yet, attempt ${attempts}`,
          fields,
        )
      },
    },
  )
  if (done) return attempts
  const location = String(last?.details.location)
  const params = { location, lockTimeoutMs }
  throw new HowdahError('migration-lock-timeout', params, {
    cause: last?.cause,
    details: { ...last?.details, attempts },
  })
}
