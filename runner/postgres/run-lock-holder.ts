import type { Connection } from './connect.ts'
import { RUN_LOCK_KEY } from './run-lock.ts'

/** The session that holds the run lock of this database. */
export interface RunLockHolder {
  readonly application: string
  /** How long it has been connected, in seconds; `null` where that is hidden from this role. */
  readonly connectedSeconds: number | null
  /** Sessions it waits for at this moment. */
  readonly blockers: number
}

/** Who holds Prisma's and our migration lock; `undefined` when nobody does. Needs no privilege, on the primary alone. */
export async function readRunLockHolder(connection: Connection): Promise<RunLockHolder | undefined> {
  const [holder] = await connection.rows<RunLockHolder>(
    `SELECT a.application_name AS application,
            extract(epoch FROM clock_timestamp() - a.backend_start)::float8 AS "connectedSeconds",
            cardinality(pg_blocking_pids(a.pid))::float8 AS blockers
       FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1::bigint::oid AND l.objsubid = 1 AND l.granted
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    [RUN_LOCK_KEY],
  )
  return holder
}
