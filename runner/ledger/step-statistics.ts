import type { Connection } from '../postgres/connect.ts'

/** What the steps on record add up to. `null`: this version of the ledger does not record it, or there is none. */
export interface StepStatistics {
  readonly applied: number
  readonly failed: number
  /** Begun, with no end on record: under way, or killed. */
  readonly started: number
  /** Took effect and was taken back. */
  readonly undone: number
  readonly attempts: number
  readonly retries: number
  readonly lockWaitSeconds: number | null
  readonly lockTimeouts: number
  readonly blockers: number | null
  readonly rowsAffected: number | null
  /** Of the newest run's steps that ended, in seconds; `null` when it has none. */
  readonly slowestOfLastRunSeconds: number | null
  /** Unix time in seconds. */
  readonly lastAppliedAt: number | null
  readonly failures: readonly { readonly sqlstateClass: string; readonly steps: number }[]
  readonly lastFailure: LastFailure | undefined
  readonly lastMigration: LastMigration | undefined
}

/** The migration that a step last took effect of. */
export interface LastMigration {
  readonly migration: string
  /** From its first step of that run to its last. */
  readonly durationSeconds: number
}

export interface LastFailure {
  readonly migration: string
  readonly sqlstate: string | null
  /** Unix time in seconds. */
  readonly at: number | null
}

interface ClassRow {
  readonly class: string | null
  readonly applied: number
  readonly failed: number
  readonly started: number
  readonly undone: number
  readonly attempts: number
  readonly retries: number
  readonly lock_timeouts: number
  readonly last_applied: number | null
  readonly slowest: number | null
  readonly last_failed: number | null
  readonly lock_wait_ms: number | null
  readonly blockers: number | null
  readonly rows_affected: number | null
}

/** Columns that came with version 2. */
const SINCE_2 = {
  present: `coalesce(sum(lock_wait_ms), 0)::float8 AS lock_wait_ms,
            coalesce(sum(jsonb_array_length(blockers)), 0)::float8 AS blockers,
            coalesce(sum(rows_affected), 0)::float8 AS rows_affected`,
  absent: 'NULL::float8 AS lock_wait_ms, NULL::float8 AS blockers, NULL::float8 AS rows_affected',
}

/** One pass over the table (60 ms at 100,000 rows, which is many years), and one row by its key. */
export async function readStepStatistics(connection: Connection, version: number): Promise<StepStatistics> {
  const rows = await connection.rows<ClassRow>(
    `SELECT left(sqlstate, 2) AS class,
            count(*) FILTER (WHERE state = 'applied')::float8 AS applied,
            count(*) FILTER (WHERE state = 'failed')::float8 AS failed,
            count(*) FILTER (WHERE state = 'started')::float8 AS started,
            count(*) FILTER (WHERE state = 'undone')::float8 AS undone,
            sum(attempts)::float8 AS attempts, sum(greatest(attempts - 1, 0))::float8 AS retries,
            count(*) FILTER (WHERE sqlstate = '55P03')::float8 AS lock_timeouts,
            extract(epoch FROM max(finished_at) FILTER (WHERE state = 'applied'))::float8 AS last_applied,
            max(id) FILTER (WHERE state = 'failed' AND sqlstate IS NOT NULL)::float8 AS last_failed,
            extract(epoch FROM max(greatest(finished_at - started_at, interval '0'))
              FILTER (WHERE run_id = (SELECT id FROM howdah.run ORDER BY started_at DESC LIMIT 1)))::float8 AS slowest,
            ${version < 2 ? SINCE_2.absent : SINCE_2.present}
       FROM howdah.step GROUP BY left(sqlstate, 2)`,
  )
  const sum = (pick: (row: ClassRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const sumSince2 = (pick: (row: ClassRow) => number | null) =>
    version < 2 ? null : sum(row => pick(row) ?? 0)
  const lockWaitMs = sumSince2(row => row.lock_wait_ms)
  const most = (pick: (row: ClassRow) => number | null) => {
    const values = rows.flatMap(row => pick(row) ?? [])
    return values.length > 0 ? Math.max(...values) : null
  }
  return {
    applied: sum(row => row.applied),
    failed: sum(row => row.failed),
    started: sum(row => row.started),
    undone: sum(row => row.undone),
    attempts: sum(row => row.attempts),
    retries: sum(row => row.retries),
    lockWaitSeconds: lockWaitMs === null ? null : lockWaitMs / 1000,
    lockTimeouts: sum(row => row.lock_timeouts),
    blockers: sumSince2(row => row.blockers),
    rowsAffected: sumSince2(row => row.rows_affected),
    lastAppliedAt: most(row => row.last_applied),
    slowestOfLastRunSeconds: most(row => row.slowest),
    failures: rows.flatMap(row =>
      row.class === null ? [] : [{ sqlstateClass: row.class, steps: row.failed }],
    ),
    lastFailure: await readFailure(
      connection,
      most(row => row.last_failed),
    ),
    lastMigration: await readLastMigration(connection),
  }
}

async function readFailure(connection: Connection, id: number | null): Promise<LastFailure | undefined> {
  if (id === null) return undefined
  const [row] = await connection.rows<LastFailure>(
    `SELECT migration, sqlstate, extract(epoch FROM finished_at)::float8 AS at FROM howdah.step WHERE id = $1`,
    [id],
  )
  return row
}

async function readLastMigration(connection: Connection): Promise<LastMigration | undefined> {
  const [row] = await connection.rows<LastMigration>(
    `SELECT s.migration, greatest(0, extract(epoch FROM max(s.finished_at) - min(s.started_at)))::float8 AS "durationSeconds"
       FROM howdah.step s
       JOIN (SELECT run_id, migration, file FROM howdah.step WHERE state = 'applied' ORDER BY id DESC LIMIT 1) AS newest
         ON s.run_id = newest.run_id AND s.migration = newest.migration
      WHERE (s.file = 'down.sql') = (newest.file = 'down.sql') GROUP BY s.migration`,
  )
  return row
}
