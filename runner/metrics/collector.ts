import type { DatabaseFolder } from '../config/database-folder.ts'
import type { Expectations } from '../config/expectations.ts'
import type { Connection } from '../postgres/connect.ts'
import type { ServerFacts } from '../postgres/server-facts.ts'
import type { Emit, MetricTable } from './exposition/metric.ts'
import { FamilyBuilder, type Findings } from './exposition/snapshot.ts'

/** What a collector may know before it asks: read anew for every collection, since a replica can be promoted. */
export interface CollectionFacts extends ServerFacts {
  /** The files below `prisma/` of the database asked; absent where there are none. */
  readonly folder: DatabaseFolder | undefined
  /** What has to be there, by configuration; absent: nothing. */
  readonly expectations?: Expectations | undefined
}

/** `fast`: on every scrape. `medium` and `slow`: answered from what was found last, which is asked anew when it is too old. */
export type Tier = 'fast' | 'medium' | 'slow'

/** `instance`: what it tells is of the whole server, and it is asked once. `database`: of the database it is asked in. */
export type Scope = 'instance' | 'database'

interface Anatomy<M extends MetricTable> {
  /** Its file's name; the value of the label `collector`. */
  readonly name: string
  readonly metrics: M
  /** Absent: `instance`. One of `database` scope is asked in every watched database, and all its metrics have `datname`. */
  readonly scope?: Scope
  /** How often it is asked; absent: `fast`. */
  readonly tier?: Tier
  /** Upper bound of one run, in milliseconds; absent: `COLLECTOR_TIMEOUT_MS`. */
  readonly timeoutMs?: number
  /** Upper bound of its series; absent: `COLLECTOR_MAX_SERIES`. */
  readonly maxSeries?: number
  /** Whether there is anything to collect here; absent: always. */
  readonly appliesTo?: (facts: CollectionFacts) => boolean
}

/** What a collector's file says: one question to the server, and which metrics the answer becomes. */
export interface CollectorDefinition<M extends MetricTable> extends Anatomy<M> {
  readonly collect: (connection: Connection, facts: CollectionFacts, emit: Emit<M>) => Promise<void>
}

/**
 * A collector, ready to run. It is run in a read-only transaction of its own, with `lock_timeout` and `statement_timeout`
 * set. @throws what the server answers; then none of its samples count
 */
export interface Collector<M extends MetricTable = MetricTable> extends Anatomy<M> {
  readonly collect: (connection: Connection, facts: CollectionFacts) => Promise<Findings>
  /** One that remembers, for one monitor; absent: there is nothing to remember. Used by itself it finds everything anew. */
  readonly begin?: () => Collector<M>
}

/** The default upper bound of one collector, in milliseconds: the costliest of the fast ones takes 20 ms at 10,000 tables. */
export const COLLECTOR_TIMEOUT_MS = 1000

/**
 * The default upper bound of one collector's series. A collector counts on tens to hundreds; 2,000 are 200 KB of a page, and
 * a database of 10,000 tables must not become 10,000 series of each metric in everybody's Prometheus.
 */
export const COLLECTOR_MAX_SERIES = 2000

/** Gives a collector its types: it can emit what it declares, with exactly the declared labels, and nothing else. */
export function defineCollector<const M extends MetricTable>(
  definition: CollectorDefinition<M>,
): Collector<M> {
  return {
    ...definition,
    collect: async (connection, facts) => {
      const families = new FamilyBuilder(definition.metrics, definition.maxSeries ?? COLLECTOR_MAX_SERIES)
      await definition.collect(connection, facts, families.emit)
      return families.findings()
    },
  }
}

/** A definition with something it keeps from one run to the next: counters the server does not have need the reading before. */
interface RememberingDefinition<M extends MetricTable, S> extends Anatomy<M> {
  /** Makes the memory, once for each monitor. */
  readonly remember: () => S
  readonly collect: (
    connection: Connection,
    facts: CollectionFacts,
    emit: Emit<M>,
    memory: S,
  ) => Promise<void>
}

/** As `defineCollector`, for one that remembers: two monitors in one process do not know of each other. */
export function defineRememberingCollector<const M extends MetricTable, S>(
  definition: RememberingDefinition<M, S>,
): Collector<M> {
  const { remember, collect, ...anatomy } = definition
  const begin = () => {
    const memory = remember()
    return defineCollector<M>({
      ...anatomy,
      collect: (connection, facts, emit) => collect(connection, facts, emit, memory),
    })
  }
  return { ...anatomy, begin, collect: (connection, facts) => begin().collect(connection, facts) }
}

/** Databases worth watching. `rdsadmin` belongs to Amazon RDS and lets nobody in. */
export const WATCHED_DATABASES = `NOT datistemplate AND datallowconn AND datname <> 'rdsadmin'`
