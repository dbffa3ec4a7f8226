/** What the server has counted for one statement since it began to count it. */
export interface StatementCount {
  /** Who, where and what: the extension's own key. */
  readonly key: string
  readonly calls: number
  readonly seconds: number
  /** When the server began to count it, in Unix time; `null` before version 1.11 of the extension. */
  readonly since: number | null
}

export interface StatementReading {
  readonly counts: readonly StatementCount[]
  /** When everything was last reset, and what time it is: Unix time, by the server's clock. */
  readonly reset: number
  readonly now: number
}

export interface Growth {
  readonly key: string
  readonly calls: number
  readonly seconds: number
}

/**
 * What came to each statement from one reading to the next. Between two of them the server may have forgotten a statement
 * and begun anew (a reset, a restart, more statements than pg_stat_statements.max): then all it has now came since. What it
 * counted before we first looked is nobody's growth, and neither is what another server counted after a failover.
 */
export class StatementGrowth {
  #before:
    | { readonly counts: ReadonlyMap<string, StatementCount>; readonly reading: StatementReading }
    | undefined

  next(reading: StatementReading): Growth[] {
    const before = this.#before
    this.#before = { counts: new Map(reading.counts.map(count => [count.key, count])), reading }
    if (!before) return []
    const wasReset = reading.reset !== before.reading.reset
    if (wasReset && reading.reset <= before.reading.now) return []
    return reading.counts.flatMap(count => {
      const { key, calls, seconds, since } = count
      const earlier = wasReset ? undefined : before.counts.get(key)
      const goesOn =
        earlier && earlier.since === since && calls >= earlier.calls && seconds >= earlier.seconds
      if (goesOn) return [{ key, calls: calls - earlier.calls, seconds: seconds - earlier.seconds }]
      if (since !== null && since <= before.reading.now && !earlier) return []
      return [{ key, calls, seconds }]
    })
  }

  /** The next reading is the first one again. */
  forget(): void {
    this.#before = undefined
  }
}
