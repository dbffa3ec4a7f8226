import type { Connection } from '../postgres/connect.ts'
import type { RunOutcome } from './runs.ts'

/** How many runs of a verb ended in one way; `null` for those without an outcome: under way, or killed. */
export interface RunCount {
  readonly verb: string
  readonly outcome: RunOutcome | null
  readonly runs: number
}

/** The newest run of a verb. Times are Unix time in seconds, by the clock of the machine that ran it. */
export interface LastRun {
  readonly verb: string
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly outcome: RunOutcome | null
  /** Since it began, in seconds, by the server's clock. */
  readonly ageSeconds: number
}

export interface GateCount {
  readonly gate: string
  readonly runs: number
}

export interface RunStatistics {
  readonly counts: readonly RunCount[]
  /** The newest of each verb, the newest of all first. */
  readonly last: readonly LastRun[]
  readonly gates: readonly GateCount[]
}

/**
 * Runs on record, which are few: one for each run that changed something. Which gates were let through is on record from
 * version 2 on.
 */
export async function readRunStatistics(connection: Connection, version: number): Promise<RunStatistics> {
  const counts = await connection.rows<RunCount>(
    `SELECT verb, outcome, count(*)::float8 AS runs FROM howdah.run GROUP BY verb, outcome ORDER BY verb, outcome`,
  )
  const last = await connection.rows<LastRun>(
    `SELECT * FROM (
       SELECT DISTINCT ON (verb) verb, outcome, extract(epoch FROM started_at)::float8 AS "startedAt",
              extract(epoch FROM finished_at)::float8 AS "finishedAt",
              extract(epoch FROM clock_timestamp() - started_at)::float8 AS "ageSeconds"
         FROM howdah.run ORDER BY verb, started_at DESC) newest ORDER BY "startedAt" DESC`,
  )
  const gates =
    version < 2
      ? []
      : await connection.rows<GateCount>(
          `SELECT gate, count(*)::float8 AS runs FROM howdah.run, jsonb_object_keys(allowed) AS gate
            WHERE allowed <> '{}' GROUP BY gate ORDER BY gate`,
        )
  return { counts, last, gates }
}
