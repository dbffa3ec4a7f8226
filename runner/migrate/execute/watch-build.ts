import { describeBlocker, readBlockers } from '../../postgres/blockers.ts'
import type { Connection } from '../../postgres/connect.ts'
import { RUN_LOCK_KEY } from '../../postgres/run-lock.ts'
import { logEvent } from '../events.ts'
import type { StepContext } from './step-context.ts'

/** Between two looks at a build, in milliseconds: well below deadlock_timeout, whose default is a second. */
const LOOK_MS = 200
/** Between two events about one phase of it. */
const LOG_MS = 5000
/** Between two sentences about whom the build waits for. */
const TELL_MS = 30_000

/** A session that builds an index, and what looks after it. */
export type WatchedBuild = Pick<StepContext, 'connection' | 'runtime' | 'watcher' | 'show'>

/**
 * Watches a concurrent index build while `body` runs it: shows its progress, says whom it waits for, and keeps it from being
 * killed. A session that waits for our run lock inside the server holds a snapshot; the build waits for every older
 * snapshot; that is a deadlock, and Postgres ends one of the two, by chance the build (measured on 15 and 18). We end the
 * other one's wait first: its statement is cancelled and its tool may simply try again.
 */
export async function watchBuild<T>(
  context: WatchedBuild,
  index: string,
  body: () => Promise<T>,
): Promise<T> {
  const done = new AbortController()
  const watch = context.watcher.session().then(session => look(context, index, session, done.signal))
  try {
    return await body()
  } finally {
    done.abort()
    await watch
  }
}

async function look(
  { connection: { processId: pid }, runtime: { clock, log }, show }: WatchedBuild,
  index: string,
  session: Connection | undefined,
  done: AbortSignal,
): Promise<void> {
  let toldAtMs = Number.NEGATIVE_INFINITY
  let logged: (BuildProgress & { readonly atMs: number }) | undefined
  while (session) {
    const goOn = await clock.sleep(LOOK_MS, done).then(
      () => true,
      () => false,
    )
    if (!goOn) return
    try {
      const progress = await readProgress(session, pid)
      if (progress) {
        const atMs = clock.monotonicMs()
        const sentence = `index ${index}: ${describeProgress(progress)}`
        show(sentence)
        if (logged?.phase !== progress.phase || atMs - logged.atMs >= LOG_MS) {
          logged = { ...progress, atMs }
          logEvent(log, 'index.progress', sentence, { index, ...progress })
        }
      }
      for (const waiter of await cancelRunLockWaiters(session, pid)) {
        const sentence = `cancelled process ${waiter}, which waited for the run lock and would have deadlocked the index build`
        logEvent(log, 'index.waiter-cancelled', sentence, { index, pid: waiter })
      }
      const blockers = await readBlockers(session, pid, false)
      if (blockers.length === 0 || clock.monotonicMs() - toldAtMs < TELL_MS) continue
      toldAtMs = clock.monotonicMs()
      const sentence = `the index build waits for ${blockers.map(describeBlocker).join('; ')}`
      logEvent(log, 'index.waiting', sentence, { index, blockers })
    } catch {
      // The watcher's session is gone; the build goes on without being watched.
      return
    }
  }
}

interface BuildProgress {
  readonly phase: string
  readonly percent: number | null
}

const describeProgress = ({ phase, percent }: BuildProgress) =>
  percent === null ? phase : `${phase}, ${percent} %`

async function readProgress(session: Connection, pid: number | null): Promise<BuildProgress | undefined> {
  const [row] = await session.rows<{ phase: string; done: number; total: number }>(
    `SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END::float8 AS done,
            CASE WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END::float8 AS total
       FROM pg_stat_progress_create_index WHERE pid = $1`,
    [pid],
  )
  if (!row) return undefined
  const { phase, done, total } = row
  return { phase, percent: total > 0 ? Math.floor((100 * done) / total) : null }
}

/** Sessions that wait for our advisory lock while our build waits for them. */
async function cancelRunLockWaiters(session: Connection, pid: number | null): Promise<number[]> {
  const rows = await session.rows<{ pid: number }>(
    `SELECT l.pid, pg_cancel_backend(l.pid) FROM pg_locks l
      WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $2::bigint::oid AND l.objsubid = 1 AND NOT l.granted
        AND l.pid = ANY (pg_blocking_pids($1))`,
    [pid, RUN_LOCK_KEY],
  )
  return rows.map(row => row.pid)
}
