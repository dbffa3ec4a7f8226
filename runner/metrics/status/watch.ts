import type { Clock } from '../../core/clock.ts'
import { within } from '../../core/within.ts'
import type { Collection } from '../collection/collection.ts'
import type { Snapshot } from '../exposition/snapshot.ts'
import { History, measuredIn } from './history.ts'
import { Readings } from './readings.ts'
import { type Known, type ServerStatus, serverStatus } from './server-status.ts'

export interface WatchOptions {
  /** `host:port/database`. */
  readonly name: string
  readonly scrape: (budgetMs: number) => Promise<Collection>
  readonly scrapePoolers: (budgetMs: number) => Promise<Snapshot>
  readonly scrapeTimeoutMs: number
  readonly clock: Clock
}

/**
 * A measurement this young is not made anew, in milliseconds: reloading the page in a hurry, or by many, costs the database
 * one collection each five seconds. The page itself comes back every 15.
 */
const FRESH_MS = 5000
/** A collection may run over its bound by the time a timer takes, in milliseconds; then the page says what was known before. */
const SLACK_MS = 250

/**
 * Remembers what scrapes found, whoever asked for them, so that the page has an hour to show. There is no timer: with
 * Prometheus, or with a page that is open, somebody asks every 15 s anyway, and without either the database is left alone.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #history = new History()
  #seen: Collection | undefined
  #last: Known['last']
  #lastUp: Known['lastUp']
  /** When the database was last measured, by the monotonic clock. */
  #measuredMs = Number.NEGATIVE_INFINITY
  #awaySince: number | null = null
  #poolers: Snapshot = []

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** A collection from the database, remembered. */
  async scrape(budgetMs: number): Promise<Collection> {
    const collection = await this.#options.scrape(budgetMs)
    this.#remember(collection)
    return collection
  }

  async scrapePoolers(budgetMs: number): Promise<Snapshot> {
    this.#poolers = await this.#options.scrapePoolers(budgetMs)
    return this.#poolers
  }

  /** What is known now, measured anew where that is not fresh. */
  async status(): Promise<ServerStatus> {
    const { clock, scrapeTimeoutMs, name } = this.#options
    if (clock.monotonicMs() - this.#measuredMs >= FRESH_MS)
      await within(
        clock,
        scrapeTimeoutMs + SLACK_MS,
        Promise.all([this.scrape(scrapeTimeoutMs), this.scrapePoolers(scrapeTimeoutMs)]),
      )
    return serverStatus({
      name,
      history: this.#history.view(this.#nowSeconds()),
      last: this.#last,
      lastUp: this.#lastUp,
      poolers: this.#poolers,
      awaySince: this.#awaySince,
    })
  }

  /** Scrapes that ran at the same time share a collection, which counts once. */
  #remember(collection: Collection): void {
    if (this.#seen === collection) return
    this.#seen = collection
    this.#measuredMs = this.#options.clock.monotonicMs()
    const { snapshot } = collection
    const [at, down] = [this.#nowSeconds(), collection.down?.message ?? null]
    this.#last = { snapshot, at, down }
    if (down === null) this.#lastUp = { snapshot, at }
    this.#awaySince = down === null ? null : (this.#awaySince ?? at)
    this.#history.add(at, measuredIn(new Readings(snapshot)))
  }

  #nowSeconds(): number {
    return this.#options.clock.now().getTime() / 1000
  }
}
