import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { Expectations } from '../../config/expectations.ts'
import type { Clock } from '../../core/clock.ts'
import type { ServerFacts } from '../../postgres/server-facts.ts'
import type { CollectionFacts, Collector } from '../collector.ts'
import type { CollectorCounters } from './collector-counters.ts'
import type { Deadline } from './deadline.ts'
import { identify } from './identify.ts'
import { type CollectorOutcome, notRun, runCollector } from './run-collector.ts'
import type { Session } from './session.ts'
import { refreshMs } from './tier-cache.ts'
import type { WatchedDatabase } from './watched-databases.ts'

export interface AskOptions {
  readonly deadline: Deadline
  /** From when on nothing more is begun of what can wait for the next scrape. */
  readonly quickUntil: Deadline
  readonly clock: Clock
  readonly counters: CollectorCounters
  readonly folder: DatabaseFolder | undefined
  readonly expectations?: Expectations | undefined
}

/**
 * Asks the collectors of one database: the fast tier, and what of the others is due and fits into the time that is left; once
 * `quickUntil` has passed only what waited too long already, so that the first page is not as slow as all questions together.
 * The two go on side by side where each has a session, else one after the other. Never throws.
 * @returns one outcome for each collector that applies, in their order
 */
export async function askDatabase(
  database: WatchedDatabase,
  server: ServerFacts,
  options: AskOptions,
): Promise<CollectorOutcome[]> {
  const { session, background, cache, succeededAt } = database
  const { deadline, quickUntil, clock, counters, folder, expectations } = options
  const facts: CollectionFacts = { ...server, folder, expectations }
  const collectors = applicable(database, facts)
  cache.keepFor(JSON.stringify([facts.startedAt, facts.databaseOid, facts.inRecovery]))

  const run = async (collector: Collector, over: Session) => {
    const outcome = await runCollector(collector, { session: over, facts, deadline, clock })
    counters.drop(collector.name, outcome.dropped)
    if (outcome.timedOut) counters.timeOut(collector.name)
    if (outcome.notStarted) counters.skip(collector.name, 'deadline')
    if (outcome.failure === undefined) succeededAt.set(collector.name, clock.now().getTime() / 1000)
    return outcome
  }
  const asked = new Map<Collector, CollectorOutcome>()
  const askFast = async () => {
    for (const collector of collectors)
      if (refreshMs(collector) === undefined) asked.set(collector, await run(collector, session))
  }
  const askDue = async () => {
    const due = cache.due(collectors).map(collector => ({ collector, canWait: !cache.isOverdue(collector) }))
    const fits = (collector: Collector) => cache.fits(collector, deadline.leftMs())
    // Unused for half a minute at a time, this session may have died unnoticed, or lead to another server by now.
    const other = background !== session && due.some(({ collector }) => fits(collector))
    const down = other ? (await identify(background, { deadline, clock, sameAs: server })).down : undefined
    for (const { collector, canWait } of due) {
      if (canWait && quickUntil.leftMs() === 0) continue
      if (down) await cache.refresh(collector, async () => notRun(collector, down.message))
      else if (fits(collector)) await cache.refresh(collector, () => run(collector, background))
      else counters.skip(collector.name, 'no_room')
    }
  }
  if (background === session) {
    await askFast()
    await askDue()
  } else await Promise.all([askFast(), askDue()])
  return collectors.map(collector => asked.get(collector) ?? cache.answer(collector))
}

/**
 * The same for a database that another session is needed for. While it cannot be reached all its collectors have failed, and
 * nothing of its cache is shown: nobody can say whether it is still the same database.
 */
export async function askFurtherDatabase(
  database: WatchedDatabase,
  server: ServerFacts,
  options: Omit<AskOptions, 'folder' | 'expectations'>,
): Promise<{ readonly outcomes: readonly CollectorOutcome[]; readonly failure: string | undefined }> {
  const { facts, down } = await identify(database.session, { ...options, sameAs: server })
  if (facts) {
    const outcomes = await askDatabase(database, facts, {
      ...options,
      folder: undefined,
      expectations: undefined,
    })
    return { outcomes, failure: undefined }
  }
  const collectors = applicable(database, { ...server, folder: undefined })
  return { outcomes: collectors.map(each => notRun(each, down.message)), failure: down.message }
}

const applicable = ({ collectors }: WatchedDatabase, facts: CollectionFacts) =>
  collectors.filter(({ appliesTo }) => appliesTo?.(facts) ?? true)
