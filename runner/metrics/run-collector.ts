import type { Clock } from '../core/clock.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import type { Connection } from '../postgres/connect.ts'
import { COLLECTOR_TIMEOUT_MS, type CollectionFacts, type Collector } from './collector.ts'
import type { Deadline } from './deadline.ts'
import { failureText } from './failure-text.ts'
import type { Session } from './session.ts'
import type { Findings } from './snapshot.ts'

/** How the last run of a collector ended, and the samples to show. */
export interface CollectorOutcome extends Findings {
  readonly name: string
  readonly durationMs: number
  /** Why it failed; `undefined` when it succeeded. */
  readonly failure: string | undefined
  /** How long ago the samples were asked for; absent where they are of this scrape by nature. */
  readonly ageMs?: number
}

/** A table lock somebody else holds is no reason to wait: whoever comes next would queue behind us. */
const LOCK_TIMEOUT_MS = 100
/** How much longer than the server's own timeout we wait for its answer before it counts as hanging. */
const GRACE_MS = 250

const NOTHING: Findings = { families: [], dropped: 0 }

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
  const outcome = (findings: Findings, failure?: string): CollectorOutcome => ({
    name,
    ...findings,
    durationMs: clock.monotonicMs() - started,
    failure,
  })
  const timeoutMs = Math.floor(Math.min(collector.timeoutMs ?? COLLECTOR_TIMEOUT_MS, deadline.leftMs()))
  // statement_timeout = 0 would mean no bound at all.
  if (timeoutMs < 1) return outcome(NOTHING, 'not started: the deadline of the scrape had passed')
  try {
    const { connection } = await session.acquire(deadline.leftMs())
    const work = guarded(connection, timeoutMs, () => collector.collect(connection, facts))
    const findings = await within(clock, Math.min(timeoutMs + GRACE_MS, deadline.leftMs()), work)
    if (findings !== OUT_OF_TIME) return outcome(findings)
    session.abandon()
    return outcome(
      NOTHING,
      `the server did not answer within ${Math.round(clock.monotonicMs() - started)} ms`,
    )
  } catch (error) {
    return outcome(NOTHING, failureText(error))
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
