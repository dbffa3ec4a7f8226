import type { Connection } from '../postgres/connect.ts'

/** Rehearsals of one disaster. */
export interface DrillStatistics {
  readonly scenario: string
  /** When the newest one that came to an end did, as Unix time in seconds; `null`: none has. */
  readonly lastAt: number | null
  /** What it measured, in seconds; `null`: nothing. */
  readonly rtoSeconds: number | null
  readonly rpoSeconds: number | null
  /** Whether the newest that is not under way has passed. */
  readonly lastPassed: boolean | null
}

/** @param lost ids of rows without an end that nobody works on */
export async function readDrillStatistics(
  connection: Connection,
  lost: readonly number[],
): Promise<readonly DrillStatistics[]> {
  const newestEnded = (value: string) =>
    `(array_agg((${value})::float8 ORDER BY id DESC) FILTER (WHERE outcome IN ('passed', 'failed')))[1]`
  return connection.rows<DrillStatistics>(
    `SELECT scenario, ${newestEnded('extract(epoch FROM finished_at)')} AS "lastAt",
            ${newestEnded('rto_seconds')} AS "rtoSeconds", ${newestEnded('rpo_seconds')} AS "rpoSeconds",
            (array_agg(ended = 'passed' ORDER BY id DESC) FILTER (WHERE ended IS NOT NULL))[1] AS "lastPassed"
       FROM (SELECT *, CASE WHEN id = ANY($1) THEN 'lost' ELSE outcome END AS ended FROM howdah.drill) AS seen
      GROUP BY scenario ORDER BY scenario`,
    [lost],
  )
}
