import type { Connection } from '../postgres/connect.ts'
import { type OptionalQuery, readOptionalRows } from '../postgres/optional-rows.ts'

/** How long a step took: a statement, or a file of one statement; what a file of several is summed up as is like no statement. */
export interface StepDuration {
  readonly summary: string
  /** Milliseconds; the waiting for locks is not in it where it was recorded. */
  readonly durationMs: number
  /** ISO. */
  readonly finishedAt: string
}

/** Enough to find a comparable one, and a bound for a ledger of many years. */
const NEWEST = 2000

/** The column of lock waits came with a later ledger; a record without it is read all the same. */
const DURATIONS: OptionalQuery = {
  schema: 'howdah',
  table: 'step',
  select: `SELECT summary, finished_at AS "finishedAt",
      greatest(0, round(extract(epoch FROM finished_at - started_at) * 1000)
                  - coalesce((to_jsonb(step) ->> 'lock_wait_ms')::bigint, 0))::float8 AS "durationMs"
    FROM howdah.step AS step
   WHERE state IN ('applied', 'undone') AND finished_at IS NOT NULL
   ORDER BY id DESC LIMIT ${NEWEST}`,
}

/** Durations of statements that took effect, whether or not they were undone since, newest first; none when there is no ledger yet. */
export async function readStepDurations(connection: Connection): Promise<StepDuration[]> {
  const [rows] = await readOptionalRows(connection, [DURATIONS])
  return (rows as StepDuration[] | undefined) ?? []
}
