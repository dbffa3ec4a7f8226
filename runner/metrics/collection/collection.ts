import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { Expectations } from '../../config/expectations.ts'
import type { Clock } from '../../core/clock.ts'
import type { HowdahError } from '../../core/errors.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import type { ServerFacts } from '../../postgres/server-facts.ts'
import { limitSeries, mergeFamilies, type Snapshot, seriesIn } from '../exposition/snapshot.ts'
import { askDatabase, askFurtherDatabase } from './ask-database.ts'
import type { CollectorCounters } from './collector-counters.ts'
import type { Deadline } from './deadline.ts'
import { type DatabaseOutcome, exporterFamilies } from './exporter-families.ts'
import { identify } from './identify.ts'
import type { WatchedDatabase, WatchedDatabases } from './watched-databases.ts'

/** What one collection needs; there is one at a time. */
export interface CollectionOptions {
  readonly databases: WatchedDatabases
  readonly folder: DatabaseFolder | undefined
  readonly expectations?: Expectations | undefined
  readonly clock: Clock
  readonly version: string
  /** How many collections there were, this one included. */
  readonly count: number
  readonly deadline: Deadline
  /** From when on nothing more is begun of what can wait for the next collection. */
  readonly quickUntil: Deadline
  readonly counters: CollectorCounters
}

/** What one collection found out. */
export interface Collection {
  readonly snapshot: Snapshot
  /** Why the server could not be asked; `undefined` while it is up. */
  readonly down: HowdahError | undefined
  /** Further databases that could not be asked, and why; `undefined` for those that could. */
  readonly databases: ReadonlyMap<string, string | undefined>
  readonly outcomes: readonly DatabaseOutcome[]
}

/**
 * The upper bound of the series here, so that with those of the process and of probes a page has fewer than 5,000: 500 KB, and
 * of twenty such servers 100,000 of the one or two million series a Prometheus is built for.
 */
export const MAX_SERIES = 4800

/** Asks every collector in every watched database. Never throws for trouble with the server. */
export async function collect(options: CollectionOptions): Promise<Collection> {
  const { databases, clock, deadline, counters } = options
  const started = clock.monotonicMs()
  const { facts, down } = await identify(databases.main.session, { deadline, clock })
  // While the server is away nobody can say whether what the caches have is still of the same one: then nothing of it is shown.
  const { outcomes, failures } = facts ? await askAll(facts, options) : NOTHING
  const own = (shown: readonly DatabaseOutcome[]) =>
    exporterFamilies({
      version: options.version,
      up: facts !== undefined,
      count: options.count,
      durationMs: clock.monotonicMs() - started,
      outcomes: shown,
      counters,
      databases: { watched: 1 + databases.further.length, leftOut: databases.leftOut },
      succeededAt: successesOf(databases),
    })
  const shown = limitAll(outcomes, MAX_SERIES - seriesIn(own(outcomes)), counters)
  const snapshot = mergeFamilies([own(shown), ...shown.map(({ families }) => families)])
  return { snapshot, down, databases: failures, outcomes: shown }
}

/** Why the server cannot be used at this moment; `undefined` while it can. */
export async function checkServer({
  databases,
  deadline,
  clock,
}: Pick<CollectionOptions, 'databases' | 'deadline' | 'clock'>): Promise<HowdahError | undefined> {
  return (await identify(databases.main.session, { deadline, clock })).down
}

interface Answers {
  readonly outcomes: readonly DatabaseOutcome[]
  readonly failures: ReadonlyMap<string, string | undefined>
}

const NOTHING: Answers = { outcomes: [], failures: new Map() }

/** All databases at once, each over sessions of its own; what is said of the first comes first. */
async function askAll(facts: ServerFacts, options: CollectionOptions): Promise<Answers> {
  const { databases } = options
  await follow(options, facts)
  const failures = new Map<string, string | undefined>()
  const answers = await Promise.all([
    askDatabase(databases.main, facts, options).then(outcomes => labelled(databases.main, outcomes)),
    ...databases.further.map(async database => {
      const { outcomes, failure } = await askFurtherDatabase(database, facts, options)
      failures.set(database.name, failure)
      return labelled(database, outcomes)
    }),
  ])
  return { outcomes: answers.flat(), failures }
}

/** Which databases there are is asked each time. Without an answer those known remain. */
async function follow(
  { databases, deadline, clock }: CollectionOptions,
  { databaseOid }: ServerFacts,
): Promise<void> {
  const { session } = databases.main
  try {
    const { connection } = await session.acquire(deadline.leftMs())
    const followed = databases.follow(connection, databaseOid)
    if ((await within(clock, deadline.leftMs(), followed)) === OUT_OF_TIME) session.abandon()
  } catch {
    session.abandon()
  }
}

function labelled<T extends { readonly name: string }>(
  { name, collectors }: WatchedDatabase,
  outcomes: readonly T[],
): (T & { readonly datname: string })[] {
  const scopes = new Map(collectors.map(collector => [collector.name, collector.scope]))
  return outcomes.map(outcome => ({
    ...outcome,
    datname: scopes.get(outcome.name) === 'database' ? name : '',
  }))
}

/** Counts what is left out of this page. */
function limitAll(
  outcomes: readonly DatabaseOutcome[],
  mostSeries: number,
  counters: CollectorCounters,
): DatabaseOutcome[] {
  const limited = limitSeries(
    outcomes.map(({ families }) => families),
    mostSeries,
  )
  return outcomes.map((outcome, index) => {
    const { families, dropped } = limited[index] ?? outcome
    counters.drop(outcome.name, dropped)
    return { ...outcome, families }
  })
}

const successesOf = ({ main, further }: WatchedDatabases) =>
  [main, ...further].flatMap(database =>
    labelled(
      database,
      [...database.succeededAt].map(([name, seconds]) => ({ name, seconds })),
    ),
  )
