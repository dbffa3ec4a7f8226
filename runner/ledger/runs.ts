import type { Connection } from '../postgres/connect.ts'

export type RunOutcome = 'done' | 'failed' | 'interrupted'

export interface RunStart {
  readonly id: string
  readonly verb: string
  readonly runnerVersion: string
  readonly startedAt: Date
  /** Gates that were let through, with their reasons; of a repair, what it did and why it was right. */
  readonly allowed?: Readonly<Record<string, string>>
}

export async function startRun(connection: Connection, run: RunStart): Promise<void> {
  await connection.run(
    'INSERT INTO howdah.run (id, verb, runner_version, started_at, allowed) VALUES ($1, $2, $3, $4, $5)',
    [run.id, run.verb, run.runnerVersion, run.startedAt, JSON.stringify(run.allowed ?? {})],
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

/** Puts one thing a run did on record, for the transaction that does it. */
export async function noteOnRun(
  connection: Connection,
  id: string,
  { what, note }: { readonly what: string; readonly note: string },
): Promise<void> {
  await connection.run(
    'UPDATE howdah.run SET allowed = allowed || jsonb_build_object($2::text, $3::text) WHERE id = $1',
    [id, what, note],
  )
}
