import type { Clock } from '../../core/clock.ts'
import { HowdahError } from '../../core/errors.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.ts'
import type { Deadline } from './deadline.ts'
import type { Session } from './session.ts'

export type Identity =
  | { readonly facts: ServerFacts; readonly down: undefined }
  | { readonly facts: undefined; readonly down: HowdahError }

/** How long the server may take to say who it is, in milliseconds; more is not up in any useful sense. */
const IDENTITY_TIMEOUT_MS = 1500

export interface IdentifyOptions {
  readonly deadline: Deadline
  readonly clock: Clock
  /** The server another session has reached: behind one name there may be several, and what they say must not be mixed. */
  readonly sameAs?: ServerFacts
}

/**
 * Whether the server answers at all. A session kept from an earlier scrape may have died unnoticed (failover, a firewall that
 * forgot it); then the question is asked once more over a new one. Never throws.
 */
export async function identify(
  session: Session,
  { deadline, clock, sameAs }: IdentifyOptions,
): Promise<Identity> {
  for (;;) {
    let reused = false
    try {
      const acquired = await session.acquire(deadline.leftMs())
      reused = acquired.reused
      const budgetMs = Math.min(IDENTITY_TIMEOUT_MS, deadline.leftMs())
      const facts = await within(clock, budgetMs, readServerFacts(acquired.connection))
      if (facts !== OUT_OF_TIME && facts.startedAt === (sameAs ?? facts).startedAt)
        return { facts, down: undefined }
      session.abandon()
      if (reused) continue
      const reason =
        facts === OUT_OF_TIME ? `no answer within ${Math.round(budgetMs)} ms` : 'another server answered'
      return { facts: undefined, down: session.unreachable(reason) }
    } catch (error) {
      session.abandon()
      if (reused) continue
      const lost = () => new HowdahError('connection-lost', { during: 'a scrape' }, { cause: error })
      return { facts: undefined, down: error instanceof HowdahError ? error : lost() }
    }
  }
}
