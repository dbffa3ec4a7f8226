import { escapeLiteral } from 'pg'
import { type Moment, momentSql } from './moment.ts'
import type { StepFile } from './steps.ts'

/**
 * The statements that record a step, as text: they travel in one message with the step itself and commit with it.
 * Every value is a literal of ours or escaped.
 */

/** Which step of which run. Within a run a step begins once. */
export interface RecordedStep {
  readonly runId: string
  readonly migration: string
  readonly file: StepFile
  readonly scope: 'file' | 'statement'
  readonly ordinal: number
  readonly checksum: string
  readonly summary: string
  /** SHA-256 of the whole file, where this is its last step. */
  readonly completes?: string | undefined
}

export interface StepEnd {
  readonly state: 'applied' | 'failed'
  readonly attempts: number
  readonly lockWaitMs: number
  /** JSON-ready; without query texts. */
  readonly blockers: readonly unknown[]
  readonly rows: number | null
  readonly sqlstate?: string | undefined
  readonly error?: string | undefined
}

const text = (value: string | undefined) => (value === undefined ? 'NULL' : escapeLiteral(value))

/** A step begins. */
export function startedRecord(step: RecordedStep, at: Date): string {
  return insert(step, at, "'started', 1, NULL, NULL, NULL, NULL, NULL, NULL")
}

/** A step that left no record when it began has ended: in its own transaction, or failed with nothing left of it. */
export function endedRecord(step: RecordedStep, startedAt: Moment, end: StepEnd, at: Moment): string {
  return insert(step, startedAt, `${text(end.state)}, ${ending(end, at).join(', ')}`)
}

function insert(step: RecordedStep, startedAt: Moment, rest: string): string {
  const values = [step.runId, step.migration, step.file, step.scope].map(text)
  values.push(String(step.ordinal), text(step.checksum), text(step.summary), text(step.completes))
  values.push(momentSql(startedAt))
  return `INSERT INTO howdah.step (run_id, migration, file, scope, ordinal, checksum, summary, completes, started_at,
    state, attempts, finished_at, lock_wait_ms, blockers, rows_affected, sqlstate, error)
    VALUES (${values.join(', ')}, ${rest})`
}

/** A step that has a record of its beginning has ended. */
export function finishedRecord(step: RecordedStep, end: StepEnd, at: Date): string {
  const [attempts, finishedAt, lockWait, blockers, rows, sqlstate, error] = ending(end, at)
  return `UPDATE howdah.step SET state = ${text(end.state)}, attempts = ${attempts}, finished_at = ${finishedAt},
    lock_wait_ms = ${lockWait}, blockers = ${blockers}, rows_affected = ${rows}, sqlstate = ${sqlstate}, error = ${error}
    WHERE ${identity(step)}`
}

function identity({ runId, migration, file, ordinal }: RecordedStep): string {
  return `run_id = ${text(runId)} AND migration = ${text(migration)} AND file = ${text(file)} AND ordinal = ${ordinal}`
}

function ending(end: StepEnd, at: Moment): string[] {
  const blockers =
    end.blockers.length === 0 ? 'NULL' : `${escapeLiteral(JSON.stringify(end.blockers))}::jsonb`
  const rows = end.rows === null ? 'NULL' : String(end.rows)
  return [
    String(end.attempts),
    momentSql(at),
    String(end.lockWaitMs),
    blockers,
    rows,
    text(end.sqlstate),
    text(end.error),
  ]
}

/**
 * What a file did was undone outside of us (`prisma migrate resolve --rolled-back` and a clean-up by hand): its steps no
 * longer count as applied. The rows stay.
 */
export function forgottenRecords(migration: string, file: StepFile): string {
  return `UPDATE howdah.step SET state = 'undone', error = 'marked as rolled back'
    WHERE migration = ${text(migration)} AND file = ${text(file)} AND state IN ('started', 'applied')`
}

/**
 * A rollback of a migration is complete: nothing of its files counts as applied, those of the rollback itself included, which
 * would stand in the way of the next one.
 */
export function undoneRecords(migration: string): string {
  return `UPDATE howdah.step SET state = 'undone' WHERE migration = ${text(migration)} AND state IN ('started', 'applied')`
}

/** A step that failed left half of its effect behind: the next run has to look, as if this one had been cut off in it. */
export function reopenedRecord(step: RecordedStep): string {
  return `UPDATE howdah.step SET state = 'started' WHERE ${identity(step)} AND state = 'failed'`
}
