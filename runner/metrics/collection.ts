import type { DatabaseFolder } from '../config/database-folder.ts'
import type { Expectations } from '../config/expectations.ts'
import type { Clock } from '../core/clock.ts'
import { HowdahError } from '../core/errors.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { readServerFacts, type ServerFacts } from '../postgres/server-facts.ts'
import type { CollectionFacts, Collector } from './collector.ts'
import type { Deadline } from './deadline.ts'
import { EXPORTER_METRICS } from './exporter-metrics.ts'
import { type CollectorOutcome, runCollector } from './run-collector.ts'
import type { Session } from './session.ts'
import { FamilyBuilder, type Snapshot } from './snapshot.ts'
import { refreshMs, type TierCache } from './tier-cache.ts'

/** What one collection needs; one at a time for each session. */
export interface CollectionOptions {
  readonly session: Session
  readonly collectors: readonly Collector[]
  readonly folder: DatabaseFolder | undefined
  readonly expectations?: Expectations | undefined
  readonly clock: Clock
  readonly version: string
  /** How many collections there were, this one included. */
  readonly count: number
  readonly deadline: Deadline
  readonly cache: TierCache
  /** Series left out since the exporter started, by collector; a collection adds its own. */
  readonly dropped: Map<string, number>
}

/** What one collection found out. */
export interface Collection {
  readonly snapshot: Snapshot
  /** Why the server could not be asked; `undefined` while it is up. */
  readonly down: HowdahError | undefined
  readonly outcomes: readonly CollectorOutcome[]
}

/** Asks every collector in turn, over one connection. Never throws for trouble with the database. */
export async function collect(options: CollectionOptions): Promise<Collection> {
  const { session, clock, folder, expectations, deadline } = options
  const started = clock.monotonicMs()
  const server = await identify(session, deadline, clock)
  // While the server is away nobody can say whether what the cache has is still of the same one: then nothing of it is shown.
  const outcomes = server.facts ? await askAll(options, { ...server.facts, folder, expectations }) : []
  const durationMs = clock.monotonicMs() - started
  const own = exporterFamilies(options, server.down === undefined, outcomes, durationMs)
  return { snapshot: [...own, ...outcomes.flatMap(({ families }) => families)], down: server.down, outcomes }
}

/** The fast tier first, then what of the others is due and fits into the time that is left. */
async function askAll(options: CollectionOptions, facts: CollectionFacts): Promise<CollectorOutcome[]> {
  const { session, clock, deadline, cache, dropped } = options
  const collectors = options.collectors.filter(({ appliesTo }) => appliesTo?.(facts) ?? true)
  const ask = async (collector: Collector) => {
    const outcome = await runCollector(collector, { session, facts, deadline, clock })
    dropped.set(collector.name, (dropped.get(collector.name) ?? 0) + outcome.dropped)
    return outcome
  }
  cache.keepFor(JSON.stringify([facts.startedAt, facts.databaseOid, facts.inRecovery]))
  const asked = new Map<Collector, CollectorOutcome>()
  for (const collector of collectors)
    if (refreshMs(collector) === undefined) asked.set(collector, await ask(collector))
  for (const collector of cache.due(collectors))
    if (cache.fits(collector, deadline.leftMs())) await cache.refresh(collector, () => ask(collector))
  return collectors.map(collector => asked.get(collector) ?? cache.answer(collector))
}

type Identity =
  | { readonly facts: ServerFacts; readonly down: undefined }
  | { readonly facts: undefined; readonly down: HowdahError }

/** How long the server may take to say who it is, in milliseconds; more is not up in any useful sense. */
const IDENTITY_TIMEOUT_MS = 1500

/**
 * Whether the server answers at all. A session kept from an earlier scrape may have died unnoticed (failover, a firewall that
 * forgot it); then the question is asked once more over a new one.
 */
async function identify(session: Session, deadline: Deadline, clock: Clock): Promise<Identity> {
  for (;;) {
    let reused = false
    try {
      const acquired = await session.acquire(deadline.leftMs())
      reused = acquired.reused
      const budgetMs = Math.min(IDENTITY_TIMEOUT_MS, deadline.leftMs())
      const facts = await within(clock, budgetMs, readServerFacts(acquired.connection))
      if (facts !== OUT_OF_TIME) return { facts, down: undefined }
      session.abandon()
      if (!reused)
        return { facts: undefined, down: session.unreachable(`no answer within ${Math.round(budgetMs)} ms`) }
    } catch (error) {
      session.abandon()
      if (reused) continue
      const lost = () => new HowdahError('connection-lost', { during: 'a scrape' }, { cause: error })
      return { facts: undefined, down: error instanceof HowdahError ? error : lost() }
    }
  }
}

function exporterFamilies(
  { version, count, dropped }: CollectionOptions,
  up: boolean,
  outcomes: readonly CollectorOutcome[],
  durationMs: number,
): Snapshot {
  const own = new FamilyBuilder(EXPORTER_METRICS)
  const failed = !up || outcomes.some(({ failure }) => failure !== undefined)
  own.emit('pg_up', up ? 1 : 0)
  own.emit('howdah_build_info', 1, { version })
  own.emit('pg_exporter_scrapes_total', count)
  own.emit('pg_exporter_last_scrape_error', failed ? 1 : 0)
  own.emit('pg_exporter_last_scrape_duration_seconds', durationMs / 1000)
  for (const [collector, series] of dropped) own.emit('pg_scrape_series_dropped_total', series, { collector })
  for (const { name: collector, durationMs, failure, ageMs } of outcomes) {
    own.emit('pg_scrape_collector_success', failure === undefined ? 1 : 0, { collector })
    own.emit('pg_scrape_collector_duration_seconds', durationMs / 1000, { collector })
    const age = ageMs === undefined ? null : ageMs / 1000
    own.emit('pg_scrape_collector_cache_age_seconds', age, { collector })
  }
  return own.families()
}
