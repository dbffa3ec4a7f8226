import { HowdahError } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'
import { ensureLedger } from './ledger-schema.ts'
import { tryLock } from './record-liveness.ts'
import { endRecord } from './records.ts'

/** Why a backfill holds still: replicas fall behind, its locks hold others up, or the server has enough to do. */
export type PauseReason = 'lag' | 'locks' | 'load'

/**
 * A backfill begins, or goes on where it was left. The session is to stay open until its end.
 * @param rowsTotal how many rows there are to do in all, those done before included; absent: nobody counted
 * @throws HowdahError backfill-running, ledger-newer, privilege-missing
 */
export async function beginBackfill(
  connection: Connection,
  name: string,
  rowsTotal?: number,
): Promise<number> {
  await ensureLedger(connection)
  const { id } = await connection.row<{ id: number }>(
    `INSERT INTO howdah.backfill AS b (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = b.name RETURNING id`,
    [name],
  )
  if (!(await tryLock(connection, 'backfill', id))) throw new HowdahError('backfill-running', { name })
  await connection.run(
    `UPDATE howdah.backfill
        SET started_at = clock_timestamp(), finished_at = NULL, outcome = NULL, error_code = NULL, paused = NULL,
            rows_total = $2, last_batch_at = NULL, last_batch_rows = NULL, last_batch_seconds = NULL, last_gap_seconds = NULL
      WHERE id = $1`,
    [id, rowsTotal ?? null],
  )
  return id
}

/** Records a batch, within the transaction of the batch: both happened, or neither. */
export async function recordBatch(
  connection: Connection,
  id: number,
  { rows, seconds }: { readonly rows: number; readonly seconds: number },
): Promise<void> {
  await connection.run(
    `UPDATE howdah.backfill
        SET rows_done = rows_done + $2, last_batch_rows = $2, last_batch_seconds = $3, paused = NULL, last_batch_at = clock_timestamp(),
            last_gap_seconds = extract(epoch FROM clock_timestamp() - coalesce(last_batch_at, started_at))
      WHERE id = $1`,
    [id, rows, seconds],
  )
}

/** A batch failed and will be tried again. After its transaction was rolled back. */
export async function recordBatchError(connection: Connection, id: number): Promise<void> {
  await connection.run('UPDATE howdah.backfill SET errors = errors + 1 WHERE id = $1', [id])
}

/** It holds still, until the next batch. */
export async function pauseBackfill(connection: Connection, id: number, reason: PauseReason): Promise<void> {
  await connection.run('UPDATE howdah.backfill SET paused = $2 WHERE id = $1', [id, reason])
}

/** @throws HowdahError record-closed */
export async function endBackfill(
  connection: Connection,
  id: number,
  end: { readonly outcome: 'done' | 'failed' | 'interrupted'; readonly errorCode?: string },
): Promise<void> {
  await endRecord(connection, 'backfill', id, {
    outcome: end.outcome,
    error_code: end.errorCode ?? null,
    paused: null,
  })
}
