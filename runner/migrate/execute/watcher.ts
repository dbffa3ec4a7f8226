import type { Clock } from '../../core/clock.ts'
import { type Blocker, readBlockers } from '../../postgres/blockers.ts'
import type { Connection } from '../../postgres/connect.ts'

/**
 * A second session that looks at what the first one waits for: `pg_blocking_pids` tells it only while it waits.
 * It is opened when it is first needed; where that fails nothing is seen, and nothing else suffers.
 */
export class Watcher {
  readonly #watched: Connection
  readonly #clock: Clock
  readonly #showQueries: boolean
  #session: Promise<Connection | undefined> | undefined

  constructor(watched: Connection, clock: Clock, showQueries: boolean) {
    this.#watched = watched
    this.#clock = clock
    this.#showQueries = showQueries
  }

  /** The watching session; `undefined` where none could be had. */
  session(): Promise<Connection | undefined> {
    this.#session ??= this.#watched.sibling().catch(() => undefined)
    return this.#session
  }

  /** Runs `body`; when it takes longer than `afterMs`, looks every so often who holds it up and tells `onBlocked`. */
  async during<T>(
    afterMs: number,
    body: () => Promise<T>,
    onBlocked: (blockers: Blocker[]) => Promise<void>,
  ): Promise<T> {
    const done = new AbortController()
    const looking = this.#look(afterMs, done.signal, onBlocked)
    try {
      return await body()
    } finally {
      done.abort()
      await looking
    }
  }

  async #look(
    firstMs: number,
    done: AbortSignal,
    onBlocked: (blockers: Blocker[]) => Promise<void>,
  ): Promise<void> {
    const { processId } = this.#watched
    // Less and less often: the look takes the lock manager's own lock, and a long statement is seldom a blocked one.
    for (let pauseMs = firstMs; ; pauseMs = Math.min(5000, pauseMs * 2)) {
      const passed = await this.#clock.sleep(pauseMs, done).then(
        () => true,
        () => false,
      )
      if (!passed) return
      const blockers = await this.session()
        .then(session => (session ? readBlockers(session, processId, this.#showQueries) : []))
        .catch(() => [])
      if (blockers.length > 0) await onBlocked(blockers).catch(() => undefined)
    }
  }

  /** Ends a session unless it has begun to work meanwhile. @returns whether it was ended */
  async terminateIdle(pid: number): Promise<boolean> {
    const session = await this.session()
    const rows = await session?.rows<{ ended: boolean }>(
      "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE pid = $1 AND state LIKE 'idle in transaction%'",
      [pid],
    )
    return rows?.[0]?.ended ?? false
  }

  async close(): Promise<void> {
    const session = await this.#session
    if (session && !session.lost) await session.close()
  }
}
