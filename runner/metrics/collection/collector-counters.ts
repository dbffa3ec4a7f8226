/** `deadline`: none of the scrape's time was left. `no_room`: less was left than it is known to take, so it waits for the next. */
export const SKIP_REASONS = ['deadline', 'no_room'] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

interface Counts {
  dropped: number
  timeouts: number
  readonly skipped: Record<SkipReason, number>
}

/**
 * What is counted of each collector since the exporter started, over all databases. Every one is there from the beginning, at
 * 0: a counter that is born with its first event hides it from `increase()`.
 */
export class CollectorCounters {
  readonly #counts: Map<string, Counts>

  constructor(names: readonly string[]) {
    this.#counts = new Map(
      names.map(name => [name, { dropped: 0, timeouts: 0, skipped: { deadline: 0, no_room: 0 } }]),
    )
  }

  get all(): ReadonlyMap<string, Readonly<Counts>> {
    return this.#counts
  }

  /** Series that were left out. */
  drop(collector: string, series: number): void {
    this.#of(collector).dropped += series
  }

  /** A run that was ended because it took too long. */
  timeOut(collector: string): void {
    this.#of(collector).timeouts += 1
  }

  /** A run that was due and not begun. */
  skip(collector: string, reason: SkipReason): void {
    this.#of(collector).skipped[reason] += 1
  }

  #of(collector: string): Counts {
    const counts = this.#counts.get(collector)
    if (!counts) throw new Error(`no such collector: ${collector}`)
    return counts
  }
}
