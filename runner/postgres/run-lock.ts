import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration } from '../core/units.ts'
import type { Connection } from './connect.ts'

/**
 * The advisory lock Prisma's schema engine takes for `migrate deploy` and `resolve`
 * (`ADVISORY_LOCK_KEY` in its connector), so that its runs and ours exclude each other.
 */
export const RUN_LOCK_KEY = 72_707_369

/**
 * Takes the run lock by polling `pg_try_advisory_lock`. It never waits inside the server: a waiter there holds a snapshot,
 * and the holder's CREATE INDEX CONCURRENTLY waits for that snapshot, which deadlocks both (measured on 15 and 18).
 * @returns the release; the lock also ends with the session
 * @throws HowdahError run-lock-timeout
 */
export async function acquireRunLock(
  connection: Connection,
  { log, clock, signal }: Runtime,
  budgetMs: number,
): Promise<() => Promise<void>> {
  const started = clock.monotonicMs()
  let announced = false
  const taken = await poll(
    async () => {
      const { taken } = await connection.row<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock($1::bigint) AS taken',
        [RUN_LOCK_KEY],
      )
      return taken || undefined
    },
    {
      clock,
      signal,
      budgetMs,
      firstPauseMs: 250,
      maxPauseMs: 2000,
      onWait: async () => {
        if (announced) return
        announced = true
        const holder = await describeHolder(connection)
        log.info('run-lock.waiting', `waiting for another migration run: ${holder}`, { holder, budgetMs })
      },
    },
  )
  if (!taken) {
    const waitedMs = Math.round(clock.monotonicMs() - started)
    throw new HowdahError(
      'run-lock-timeout',
      { waitedMs, holder: await describeHolder(connection) },
      { details: { waitedMs } },
    )
  }
  return async () => {
    // The lock ends with the session in any case, and the session ends next.
    if (!connection.lost)
      await connection.run('SELECT pg_advisory_unlock($1::bigint)', [RUN_LOCK_KEY]).catch(() => undefined)
  }
}

interface HolderRow {
  readonly pid: number
  readonly user: string | null
  readonly application: string | null
  readonly address: string | null
  readonly state: string | null
  readonly age_ms: number | null
}

async function describeHolder(connection: Connection): Promise<string> {
  const [holder] = await connection.rows<HolderRow>(
    `SELECT a.pid, a.usename AS user, a.application_name AS application, host(a.client_addr) AS address, a.state,
            extract(epoch FROM clock_timestamp() - a.backend_start)::float8 * 1000 AS age_ms
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1::bigint::oid AND l.objsubid = 1 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [RUN_LOCK_KEY],
  )
  if (!holder) return 'it has just finished'
  const age = holder.age_ms === null ? 'unknown' : formatDuration(holder.age_ms)
  const name = holder.application || 'unnamed application'
  return `${name}, process ${holder.pid}, user ${holder.user ?? '?'}, from ${holder.address ?? 'a local socket'}, ${holder.state ?? 'state hidden'}, connected for ${age}`
}
