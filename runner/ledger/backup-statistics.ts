import type { Connection } from '../postgres/connect.ts'

/** Backups of one kind. Times are Unix time in seconds, by the server's clock; `null`: there was none, or nobody said. */
export interface BackupStatistics {
  readonly cluster: string
  readonly type: string
  readonly attempts: number
  /** Of those with an end on record; one that was killed counts as soon as the next begins. */
  readonly failures: number
  readonly running: number
  readonly lastAttemptAt: number
  /** Whether the newest that is not under way has succeeded. */
  readonly lastSucceeded: boolean | null
  /** Of the newest good one that is still there, as are the next four. */
  readonly lastSuccessAt: number | null
  readonly lastDurationSeconds: number | null
  readonly lastSizeBytes: number | null
  readonly retentionSeconds: number | null
  /** Good ones that are still there. */
  readonly kept: number
}

/** @param lost ids of rows without an end that nobody works on */
export async function readBackupStatistics(
  connection: Connection,
  lost: readonly number[],
): Promise<readonly BackupStatistics[]> {
  const newestGood = (value: string) =>
    `(array_agg((${value})::float8 ORDER BY id DESC) FILTER (WHERE good))[1]`
  return connection.rows<BackupStatistics>(
    `WITH seen AS (
       SELECT *, CASE WHEN id = ANY($1) THEN 'lost' ELSE outcome END AS ended,
              outcome IS NOT DISTINCT FROM 'succeeded' AND removed_at IS NULL AS good
         FROM howdah.backup
     ), forgotten AS (
       SELECT cluster, type, sum(count) AS attempts, coalesce(sum(count) FILTER (WHERE outcome <> 'succeeded'), 0) AS failures
         FROM howdah.forgotten WHERE record = 'backup' GROUP BY cluster, type
     ), counted AS (
       SELECT cluster, type, count(*) AS attempts,
              count(*) FILTER (WHERE outcome <> 'succeeded') AS failures,
              count(*) FILTER (WHERE ended IS NULL)::float8 AS running,
              extract(epoch FROM max(started_at))::float8 AS "lastAttemptAt",
              (array_agg(ended = 'succeeded' ORDER BY id DESC) FILTER (WHERE ended IS NOT NULL))[1] AS "lastSucceeded",
              ${newestGood('extract(epoch FROM finished_at)')} AS "lastSuccessAt",
              ${newestGood('extract(epoch FROM finished_at - started_at)')} AS "lastDurationSeconds",
              ${newestGood('size_bytes')} AS "lastSizeBytes",
              ${newestGood('extract(epoch FROM kept_until - finished_at)')} AS "retentionSeconds",
              count(*) FILTER (WHERE good)::float8 AS kept
         FROM seen GROUP BY cluster, type
     )
     SELECT cluster, type, running, "lastAttemptAt", "lastSucceeded", "lastSuccessAt", "lastDurationSeconds", "lastSizeBytes",
            "retentionSeconds", kept,
            (c.attempts + coalesce(f.attempts, 0))::float8 AS attempts, (c.failures + coalesce(f.failures, 0))::float8 AS failures
       FROM counted c LEFT JOIN forgotten f USING (cluster, type) ORDER BY cluster, type`,
    [lost],
  )
}

export const VERIFICATION_OUTCOMES = ['passed', 'failed', 'unverifiable', 'lost'] as const
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number]

/** Verifications of backups of one kind. */
export interface VerificationStatistics {
  readonly cluster: string
  readonly type: string
  readonly outcomes: Readonly<Partial<Record<VerificationOutcome, number>>>
  /** Whether the newest that is not under way has passed. */
  readonly lastPassed: boolean | null
  /** When the newest that passed has ended. */
  readonly lastPassedAt: number | null
  /** The moment whose data its backup has. */
  readonly lastPassedTakenAt: number | null
}

/** @param lost ids of rows without an end that nobody works on */
export async function readVerificationStatistics(
  connection: Connection,
  lost: readonly number[],
): Promise<readonly VerificationStatistics[]> {
  const newestPassed = (value: string) =>
    `(array_agg(extract(epoch FROM ${value})::float8 ORDER BY id DESC) FILTER (WHERE outcome = 'passed'))[1]`
  return connection.rows<VerificationStatistics>(
    `WITH seen AS (
       SELECT *, CASE WHEN id = ANY($1) THEN 'lost' ELSE outcome END AS ended FROM howdah.backup_verification
     ), ends AS (
       SELECT cluster, type, outcome, count(*) AS count FROM seen WHERE outcome IS NOT NULL GROUP BY cluster, type, outcome
       UNION ALL
       SELECT cluster, type, outcome, count FROM howdah.forgotten WHERE record = 'backup_verification'
     ), outcomes AS (
       SELECT cluster, type, jsonb_object_agg(outcome, count) AS outcomes
         FROM (SELECT cluster, type, outcome, sum(count) AS count FROM ends GROUP BY cluster, type, outcome) AS sums
        GROUP BY cluster, type
     ), newest AS (
       SELECT cluster, type, ${newestPassed('finished_at')} AS "lastPassedAt", ${newestPassed('taken_at')} AS "lastPassedTakenAt",
              (array_agg(ended = 'passed' ORDER BY id DESC) FILTER (WHERE ended IS NOT NULL))[1] AS "lastPassed"
         FROM seen GROUP BY cluster, type
     )
     SELECT cluster, type, coalesce(outcomes, '{}') AS outcomes, "lastPassed", "lastPassedAt", "lastPassedTakenAt"
       FROM newest LEFT JOIN outcomes USING (cluster, type) ORDER BY cluster, type`,
    [lost],
  )
}
