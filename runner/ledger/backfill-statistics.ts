import type { Connection } from '../postgres/connect.ts'
import type { PauseReason } from './backfills.ts'

export interface BackfillStatistics {
  readonly name: string
  readonly running: boolean
  /** Of the last run, whether it came to its end; `null` while one is under way. */
  readonly done: boolean | null
  readonly rowsDone: number
  readonly rowsTotal: number | null
  readonly errors: number
  readonly paused: PauseReason | null
  readonly lastBatchSeconds: number | null
  /** Of the last batch, by the time since the one before or, where that is longer, the time since it: it falls while nothing comes. */
  readonly rowsPerSecond: number
  /** By the server's clock, as Unix time in seconds. */
  readonly now: number
}

/** @param lost ids of rows without an end that nobody works on */
export async function readBackfillStatistics(
  connection: Connection,
  lost: readonly number[],
): Promise<readonly BackfillStatistics[]> {
  return connection.rows<BackfillStatistics>(
    `SELECT name, running, CASE WHEN NOT running THEN outcome IS NOT DISTINCT FROM 'done' END AS done,
            rows_done::float8 AS "rowsDone", rows_total::float8 AS "rowsTotal", errors::float8 AS errors,
            CASE WHEN running THEN paused END AS paused, last_batch_seconds AS "lastBatchSeconds",
            CASE WHEN running THEN coalesce(last_batch_rows / greatest(last_gap_seconds,
                   extract(epoch FROM clock_timestamp() - last_batch_at), 0.001), 0) ELSE 0 END::float8 AS "rowsPerSecond",
            extract(epoch FROM clock_timestamp())::float8 AS now
       FROM (SELECT *, outcome IS NULL AND NOT id = ANY($1) AS running FROM howdah.backfill) AS seen
      ORDER BY running DESC, started_at DESC`,
    [lost],
  )
}
