import type { Connection } from '../postgres/connect.ts'
import { readOptionalRows } from '../postgres/optional-rows.ts'

export type RunOutcome = 'done' | 'failed' | 'interrupted'

export interface RunStart {
  readonly id: string
  readonly verb: string
  readonly runnerVersion: string
  readonly startedAt: Date
  /** Gates that were let through, with their reasons. */
  readonly allowed?: Readonly<Record<string, string>>
  /** Whether poolers have to be told of what it does to the schema. */
  readonly poolersDue?: boolean
}

export async function startRun(connection: Connection, run: RunStart): Promise<void> {
  await connection.run(
    'INSERT INTO howdah.run (id, verb, runner_version, started_at, allowed, poolers_due) VALUES ($1, $2, $3, $4, $5, $6)',
    [
      run.id,
      run.verb,
      run.runnerVersion,
      run.startedAt,
      JSON.stringify(run.allowed ?? {}),
      run.poolersDue ?? false,
    ],
  )
}

export async function finishRun(
  connection: Connection,
  id: string,
  end: { readonly outcome: RunOutcome; readonly errorCode: string | undefined; readonly finishedAt: Date },
): Promise<void> {
  await connection.run(
    'UPDATE howdah.run SET outcome = $2, error_code = $3, finished_at = $4 WHERE id = $1',
    [id, end.outcome, end.errorCode ?? null, end.finishedAt],
  )
}

/** Whether any run changed the schema and its poolers were not all told; one round trip, also without a ledger. */
export async function arePoolersDue(connection: Connection): Promise<boolean> {
  // As JSON: a ledger from before version 3 has no such column.
  const due = `SELECT FROM howdah.run r WHERE (to_jsonb(r) ->> 'poolers_due')::boolean`
  const [rows] = await readOptionalRows(connection, [
    { schema: 'howdah', table: 'run', select: `SELECT EXISTS (${due}) AS due` },
  ])
  return (rows as { due: boolean }[] | undefined)?.[0]?.due ?? false
}

/** The poolers know of everything up to now, whichever run did it. The caller holds the run lock. */
export async function clearPoolersDue(connection: Connection): Promise<void> {
  await connection.run('UPDATE howdah.run SET poolers_due = false WHERE poolers_due')
}

/** A run came to its end without a change that poolers would have to know of. */
export async function withdrawPoolersDue(connection: Connection, id: string): Promise<void> {
  await connection.run('UPDATE howdah.run SET poolers_due = false WHERE id = $1', [id])
}

/** Puts one thing a run did on record, for the transaction that does it. */
export async function noteOnRun(
  connection: Connection,
  id: string,
  { what, note }: { readonly what: string; readonly note: string },
): Promise<void> {
  await connection.run(
    'UPDATE howdah.run SET notes = notes || jsonb_build_object($2::text, $3::text) WHERE id = $1',
    [id, what, note],
  )
}
