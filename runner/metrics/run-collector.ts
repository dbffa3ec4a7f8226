import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import type { Connection } from '../postgres/connect.ts'
import { COLLECTOR_TIMEOUT_MS, type CollectionFacts, type Collector } from './collector.ts'
import type { Deadline } from './deadline.ts'
import type { Session } from './session.ts'
import type { Snapshot } from './snapshot.ts'

/** How one run of a collector ended. */
export interface CollectorOutcome {
  readonly name: string
  readonly families: Snapshot
  readonly durationMs: number
  /** Why it failed; `undefined` when it succeeded. */
  readonly failure: string | undefined
}

/** A table lock somebody else holds is no reason to wait: whoever comes next would queue behind us. */
const LOCK_TIMEOUT_MS = 100
/** How much longer than the server's own timeout we wait for its answer before it counts as hanging. */
const GRACE_MS = 250

/** Runs one collector within its own bound and the deadline. Never throws: a failure is an outcome. */
export async function runCollector(
  collector: Collector,
  {
    session,
    facts,
    deadline,
    clock,
  }: {
    readonly session: Session
    readonly facts: CollectionFacts
    readonly deadline: Deadline
    readonly clock: Clock
  },
): Promise<CollectorOutcome> {
  const { name } = collector
  const started = clock.monotonicMs()
  const outcome = (families: Snapshot, failure?: string): CollectorOutcome => ({
    name,
    families,
    durationMs: clock.monotonicMs() - started,
    failure,
  })
  const timeoutMs = Math.floor(Math.min(collector.timeoutMs ?? COLLECTOR_TIMEOUT_MS, deadline.leftMs()))
  // statement_timeout = 0 would mean no bound at all.
  if (timeoutMs < 1) return outcome([], 'not started: the deadline of the scrape had passed')
  try {
    const { connection } = await session.acquire(deadline.leftMs())
    const work = guarded(connection, timeoutMs, () => collector.collect(connection, facts))
    const families = await within(clock, Math.min(timeoutMs + GRACE_MS, deadline.leftMs()), work)
    if (families !== OUT_OF_TIME) return outcome(families)
    session.abandon()
    return outcome([], `the server did not answer within ${Math.round(clock.monotonicMs() - started)} ms`)
  } catch (error) {
    return outcome([], messageOf(error))
  }
}

/**
 * The bounds are the transaction's and end with it: behind a transaction pooler a session's settings would stay on a
 * connection that the application gets next.
 */
function guarded<T>(connection: Connection, timeoutMs: number, body: () => Promise<T>): Promise<T> {
  return connection.transaction(async () => {
    await connection.run(
      `SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = ${Math.min(LOCK_TIMEOUT_MS, timeoutMs)}; SET LOCAL statement_timeout = ${timeoutMs}`,
    )
    return body()
  })
}
