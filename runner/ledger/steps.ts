import type { Connection } from '../postgres/connect.ts'
import { ledgerVersion } from './ledger-schema.ts'

/** The two files of a migration whose execution is recorded. */
export type StepFile = 'migration.sql' | 'extra.sql'

/** Which step: a whole file in one transaction (`ordinal` 0), or one statement of it. */
export interface StepKey {
  readonly migration: string
  readonly file: StepFile
  readonly scope: 'file' | 'statement'
  readonly ordinal: number
}

export type StepState = 'started' | 'applied' | 'failed'

export interface StepRow extends StepKey {
  /** SHA-256 of the text that ran, hex. */
  readonly checksum: string
  readonly state: StepState
}

export interface StepStart extends StepKey {
  readonly runId: string
  readonly checksum: string
  readonly summary: string
  readonly startedAt: Date
}

/** Every step on record, oldest first; none when there is no ledger yet. */
export async function readSteps(connection: Connection): Promise<StepRow[]> {
  if ((await ledgerVersion(connection)) === 0) return []
  return connection.rows<StepRow>(
    'SELECT migration, file, scope, ordinal, checksum, state FROM howdah.step ORDER BY id',
  )
}

/** Records that a step begins. @returns its id, for `finishStep` */
export async function startStep(connection: Connection, step: StepStart): Promise<string> {
  const { id } = await connection.row<{ id: string }>(
    `INSERT INTO howdah.step (run_id, migration, file, scope, ordinal, checksum, summary, state, started_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'started', $8) RETURNING id`,
    [
      step.runId,
      step.migration,
      step.file,
      step.scope,
      step.ordinal,
      step.checksum,
      step.summary,
      step.startedAt,
    ],
  )
  return id
}

export interface StepEnd {
  readonly state: 'applied' | 'failed'
  readonly attempts: number
  readonly finishedAt: Date
  readonly sqlstate?: string | undefined
  readonly error?: string | undefined
}

export async function finishStep(connection: Connection, id: string, end: StepEnd): Promise<void> {
  await connection.run(
    'UPDATE howdah.step SET state = $2, attempts = $3, finished_at = $4, sqlstate = $5, error = $6 WHERE id = $1',
    [id, end.state, end.attempts, end.finishedAt, end.sqlstate ?? null, end.error ?? null],
  )
}
