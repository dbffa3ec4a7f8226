import type { DatabaseFolder } from '../config/database-folder.ts'
import type { Expectations } from '../config/expectations.ts'
import type { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { type Collection, collect } from './collection.ts'
import type { Collector } from './collector.ts'
import { deadlineIn } from './deadline.ts'
import type { CollectorOutcome } from './run-collector.ts'
import type { Session } from './session.ts'
import { TierCache } from './tier-cache.ts'

export interface MonitorOptions {
  readonly session: Session
  readonly collectors: readonly Collector[]
  readonly folder: DatabaseFolder | undefined
  readonly expectations?: Expectations | undefined
  readonly version: string
  readonly runtime: Runtime
}

/** How long a look at the server's health may take, in milliseconds: orchestrators ask often and expect a quick answer. */
const CHECK_TIMEOUT_MS = 2000

/**
 * Lets one collection at a time at the database. Scrapes that arrive meanwhile share its result: two Prometheus servers, and
 * a person reloading the page, cost no more than one.
 */
export class Monitor {
  readonly #options: MonitorOptions
  #count = 0
  #scraping: Promise<Collection> | undefined
  #checking: Promise<Collection> | undefined
  /** Settles when nobody uses the session any more. */
  #last: Promise<unknown> = Promise.resolve()
  /** What is failing at present, so that the log tells of a change once and not every fifteen seconds. */
  readonly #failing = new Set<string>()
  readonly #cache: TierCache
  #outcomes: readonly CollectorOutcome[] = []
  /** Every collector from the beginning, at 0: a counter that is born with its first event hides it from `increase()`. */
  readonly #dropped: Map<string, number>

  constructor(options: MonitorOptions) {
    this.#options = options
    this.#cache = new TierCache(options.runtime.clock)
    this.#dropped = new Map(options.collectors.map(({ name }) => [name, 0]))
  }

  /** The result of the collection that is under way, or of a new one that ends within `budgetMs`. */
  scrape(budgetMs: number): Promise<Collection> {
    this.#scraping ??= this.#collect(this.#options.collectors, budgetMs).finally(() => {
      this.#scraping = undefined
    })
    return this.#scraping
  }

  /** Why the database cannot be used at this moment; `undefined` while it can. */
  async check(): Promise<HowdahError | undefined> {
    this.#checking ??= (this.#scraping ?? this.#collect([], CHECK_TIMEOUT_MS)).finally(() => {
      this.#checking = undefined
    })
    return (await this.#checking).down
  }

  /** How the collectors ended in the last collection; none before the first, nor while the database is away. */
  outcomes(): readonly CollectorOutcome[] {
    return this.#outcomes
  }

  /** Has collectors of every tier asked anew by the next scrape. */
  askAnew(): void {
    this.#cache.askAnew()
  }

  async close(): Promise<void> {
    await this.#options.session.close()
    await this.#last
  }

  #collect(collectors: readonly Collector[], budgetMs: number): Promise<Collection> {
    const { session, folder, expectations, version, runtime } = this.#options
    const { clock } = runtime
    const deadline = deadlineIn(clock, budgetMs)
    if (collectors.length > 0) this.#count += 1
    const count = this.#count
    const run = this.#last.then(async () => {
      const [cache, dropped] = [this.#cache, this.#dropped]
      const collection = await collect({
        session,
        collectors,
        folder,
        expectations,
        version,
        clock,
        count,
        deadline,
        cache,
        dropped,
      })
      this.#tell(collection)
      if (collectors.length > 0) this.#outcomes = collection.outcomes
      return collection
    })
    this.#last = run.catch(() => undefined)
    return run
  }

  #tell({ down, outcomes }: Collection): void {
    const { log } = this.#options.runtime
    this.#change('the database', down?.message, {
      failed: reason => log.warn('metrics.database-down', `cannot collect metrics: ${reason}`, { reason }),
      recovered: () => log.info('metrics.database-up', 'the database answers again'),
    })
    for (const { name: collector, failure } of outcomes) {
      this.#change(`collector ${collector}`, failure, {
        failed: reason =>
          log.warn('metrics.collector-failed', `collector ${collector} failed: ${reason}`, {
            collector,
            reason,
          }),
        recovered: () =>
          log.info('metrics.collector-recovered', `collector ${collector} works again`, { collector }),
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
