import type { OptionalQuery } from '../postgres/optional-rows.ts'

/** The files of a migration whose execution is recorded. */
export type StepFile = 'migration.sql' | 'extra.sql' | 'down.sql'

/** Which step: a whole file in one transaction (`ordinal` 0), or one statement of it. */
export interface StepKey {
  readonly migration: string
  readonly file: StepFile
  readonly scope: 'file' | 'statement'
  readonly ordinal: number
}

/** `undone`: it took effect and was taken back since, or, of a `down.sql`, the rollback it was part of is complete. */
export type StepState = 'started' | 'applied' | 'failed' | 'undone'

export interface StepRow extends StepKey {
  /** SHA-256 of the text that ran, hex. */
  readonly checksum: string
  readonly state: StepState
  /** SHA-256 of the whole file, where this is its last step. */
  readonly completes?: string | null
  /** ISO. */
  readonly startedAt?: string
}

/** Whether something of the step is in the database, or may be: a step that was begun can have taken effect. */
export function isInEffect({ state }: Pick<StepRow, 'state'>): boolean {
  return state === 'applied' || state === 'started'
}

/** Every step on record, oldest first, for a reader that fetches more than this in one round trip; also of an older ledger. */
export const STEP_RECORDS: OptionalQuery = {
  schema: 'howdah',
  table: 'step',
  select: `SELECT migration, file, scope, ordinal, checksum, state, started_at AS "startedAt", to_jsonb(step) ->> 'completes' AS completes
       FROM howdah.step AS step ORDER BY id`,
}
