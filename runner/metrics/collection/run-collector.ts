import type { Clock } from '../../core/clock.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import type { Connection } from '../../postgres/connect.ts'
import { SQLSTATE, sqlstateOf } from '../../postgres/sqlstate.ts'
import { COLLECTOR_TIMEOUT_MS, type CollectionFacts, type Collector } from '../collector.ts'
import type { Findings } from '../exposition/snapshot.ts'
import type { Deadline } from './deadline.ts'
import { failureText } from './failure-text.ts'
import type { Session } from './session.ts'

/** How the last run of a collector ended, and the samples to show. */
export interface CollectorOutcome extends Findings {
  readonly name: string
  readonly durationMs: number
  /** Why it failed; `undefined` when it succeeded. */
  readonly failure: string | undefined
  /** How long ago the samples were asked for; absent where they are of this scrape by nature. */
  readonly ageMs?: number
  /** Whether it was ended because it took too long. */
  readonly timedOut?: boolean
  /** Whether it never had a turn yet: neither a success nor a failure. */
  readonly pending?: boolean
  /** Whether there was no time left to begin. */
  readonly notStarted?: boolean
}

/** A table lock somebody else holds is no reason to wait: whoever comes next would queue behind us. */
const LOCK_TIMEOUT_MS = 100
/** How much longer than the server's own timeout we wait for its answer before it counts as hanging. */
const GRACE_MS = 250

const NOTHING: Findings = { families: [], dropped: 0 }

/** A collector that was not asked, and why it should have been, if that was a failure. */
export const notRun = ({ name }: Collector, failure: string | undefined): CollectorOutcome => ({
  name,
  ...NOTHING,
  durationMs: 0,
  failure,
})

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
  const started = clock.monotonicMs()
  const elapsedMs = () => clock.monotonicMs() - started
  const failed = (failure: string, timedOut: boolean) => ({
    ...notRun(collector, failure),
    durationMs: elapsedMs(),
    timedOut,
  })
  const timeoutMs = Math.floor(Math.min(collector.timeoutMs ?? COLLECTOR_TIMEOUT_MS, deadline.leftMs()))
  // statement_timeout = 0 would mean no bound at all.
  if (timeoutMs < 1)
    return { ...notRun(collector, 'not started: the deadline of the scrape had passed'), notStarted: true }
  try {
    const { connection } = await session.acquire(deadline.leftMs())
    const work = guarded(connection, timeoutMs, () => collector.collect(connection, facts))
    const findings = await within(clock, Math.min(timeoutMs + GRACE_MS, deadline.leftMs()), work)
    if (findings !== OUT_OF_TIME)
      return { name: collector.name, ...findings, durationMs: elapsedMs(), failure: undefined }
    session.abandon()
    return failed(`the server did not answer within ${Math.round(elapsedMs())} ms`, true)
  } catch (error) {
    return failed(failureText(error), sqlstateOf(error) === SQLSTATE.queryCanceled)
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
