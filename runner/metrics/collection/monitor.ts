import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { Expectations } from '../../config/expectations.ts'
import type { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Collector } from '../collector.ts'
import { type Collection, checkServer, collect } from './collection.ts'
import { CollectorCounters } from './collector-counters.ts'
import { deadlineIn } from './deadline.ts'
import type { DatabaseOutcome } from './exporter-families.ts'
import type { Session } from './session.ts'
import { WatchedDatabases } from './watched-databases.ts'

export interface MonitorOptions {
  /** Of the database that is asked everything. */
  readonly session: Session
  readonly collectors: readonly Collector[]
  /** Further databases of the server, by name, or `auto` alone; absent: none. */
  readonly databases?: readonly string[] | undefined
  readonly folder: DatabaseFolder | undefined
  readonly expectations?: Expectations | undefined
  readonly version: string
  /** How long a scrape may go on beginning what can wait for the next one, in milliseconds; absent: `QUICK_MS`. */
  readonly quickMs?: number | undefined
  readonly runtime: Runtime
}

/**
 * All collectors together take 1.0 to 1.7 s at 10,000 tables: a first page that waited for them would be the slowest of all,
 * after every restart. With this bound it takes 0.3 s, and a minute later nothing is missing.
 */
const QUICK_MS = 200

/** How long a look at the server's health may take, in milliseconds: orchestrators ask often and expect a quick answer. */
const CHECK_TIMEOUT_MS = 2000

/**
 * Lets one collection at a time at the database. Scrapes that arrive meanwhile share its result: two Prometheus servers, and
 * a person reloading the page, cost no more than one.
 */
export class Monitor {
  readonly #options: MonitorOptions
  readonly #databases: WatchedDatabases
  readonly #counters: CollectorCounters
  #count = 0
  #scraping: Promise<Collection> | undefined
  #checking: Promise<HowdahError | undefined> | undefined
  /** Settles when nobody uses the sessions any more. */
  #last: Promise<unknown> = Promise.resolve()
  /** What is failing at present, so that the log tells of a change once and not every fifteen seconds. */
  readonly #failing = new Set<string>()
  #outcomes: readonly DatabaseOutcome[] = []

  constructor(options: MonitorOptions) {
    const { session, collectors, databases: wish = [], runtime } = options
    this.#options = options
    this.#databases = new WatchedDatabases({ session, collectors, wish, ...runtime })
    this.#counters = new CollectorCounters(collectors.map(({ name }) => name))
  }

  /** The result of the collection that is under way, or of a new one that ends within `budgetMs`. */
  scrape(budgetMs: number): Promise<Collection> {
    this.#scraping ??= this.#collect(budgetMs).finally(() => {
      this.#scraping = undefined
    })
    return this.#scraping
  }

  /** Why the database cannot be used at this moment; `undefined` while it can. */
  check(): Promise<HowdahError | undefined> {
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  /** How the collectors ended in the last collection; none before the first, nor while the database is away. */
  outcomes(): readonly DatabaseOutcome[] {
    return this.#outcomes
  }

  /** Has collectors of every tier asked anew by the next scrape. */
  askAnew(): void {
    for (const { cache } of [this.#databases.main, ...this.#databases.further]) cache.askAnew()
  }

  async close(): Promise<void> {
    await this.#databases.close()
    await this.#last
  }

  #collect(budgetMs: number): Promise<Collection> {
    const { folder, expectations, version, quickMs = QUICK_MS, runtime } = this.#options
    const { clock } = runtime
    const deadline = deadlineIn(clock, budgetMs)
    this.#count += 1
    const [databases, counters, count] = [this.#databases, this.#counters, this.#count]
    return this.#alone(async () => {
      const facts = { folder, expectations, version }
      const quickUntil = deadlineIn(clock, quickMs)
      const collection = await collect({ databases, counters, ...facts, clock, count, deadline, quickUntil })
      this.#tell(collection)
      this.#outcomes = collection.outcomes
      return collection
    })
  }

  async #look(): Promise<HowdahError | undefined> {
    if (this.#scraping) return (await this.#scraping).down
    const { clock } = this.#options.runtime
    const deadline = deadlineIn(clock, CHECK_TIMEOUT_MS)
    return this.#alone(async () => {
      const down = await checkServer({ databases: this.#databases, deadline, clock })
      this.#tellOfServer(down)
      return down
    })
  }

  /** After whoever uses the sessions now. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work)
    this.#last = run.catch(() => undefined)
    return run
  }

  #tellOfServer(down: HowdahError | undefined): void {
    const { log } = this.#options.runtime
    this.#change('the database', down?.message, {
      failed: reason => log.warn('metrics.database-down', `cannot collect metrics: ${reason}`, { reason }),
      recovered: () => log.info('metrics.database-up', 'the database answers again'),
    })
  }

  #tell({ down, databases, outcomes }: Collection): void {
    const { log } = this.#options.runtime
    this.#tellOfServer(down)
    for (const [datname, failure] of databases)
      this.#change(`database ${datname}`, failure, {
        failed: reason =>
          log.warn('metrics.database-down', `cannot collect metrics of database ${datname}: ${reason}`, {
            datname,
            reason,
          }),
        recovered: () => log.info('metrics.database-up', `database ${datname} answers again`, { datname }),
      })
    for (const { name: collector, datname, failure } of outcomes) {
      // That all its collectors have failed is said by one line.
      if (databases.get(datname) !== undefined) continue
      const which = datname === '' ? collector : `${collector} in database ${datname}`
      this.#change(`collector ${which}`, failure, {
        failed: reason =>
          log.warn('metrics.collector-failed', `collector ${which} failed: ${reason}`, {
            collector,
            datname,
            reason,
          }),
        recovered: () =>
          log.info('metrics.collector-recovered', `collector ${which} works again`, { collector, datname }),
      })
    }
  }

  #change(
    subject: string,
    failure: string | undefined,
    tell: { readonly failed: (reason: string) => void; readonly recovered: () => void },
  ): void {
    const failedBefore = this.#failing.has(subject)
    if (failure !== undefined) this.#failing.add(subject)
    else this.#failing.delete(subject)
    if (failure !== undefined && !failedBefore) tell.failed(failure)
    if (failure === undefined && failedBefore) tell.recovered()
  }
}
