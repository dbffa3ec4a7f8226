/**
 * The first few of a ranking, where each keeps its place for a while after it has fallen behind. Without that two statements
 * that take turns in the last place would make new series with every scrape.
 */
export class StickyTop {
  readonly #size: number
  readonly #holdSeconds: number
  /** When each was last among the first, in seconds. */
  #held = new Map<string, number>()

  constructor(size: number, holdSeconds: number) {
    this.#size = size
    this.#holdSeconds = holdSeconds
  }

  /** @param ranking all there are, the first one first @returns at most `size` of them */
  choose(ranking: readonly string[], now: number): ReadonlySet<string> {
    const present = new Set(ranking)
    const first = new Set(ranking.slice(0, this.#size))
    const held = new Map<string, number>()
    for (const [key, seen] of this.#held)
      if (present.has(key) && (first.has(key) || now - seen < this.#holdSeconds))
        held.set(key, first.has(key) ? now : seen)
    for (const key of first) if (held.size < this.#size && !held.has(key)) held.set(key, now)
    this.#held = held
    return new Set(held.keys())
  }
}
