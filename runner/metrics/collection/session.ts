import type { Clock } from '../../core/clock.ts'
import { HowdahError } from '../../core/errors.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { abandon } from '../../postgres/abandon.ts'
import { type Connection, type ConnectOptions, connect, targetOf } from '../../postgres/connect.ts'
import type { DatabaseTarget } from '../../postgres/database-url.ts'

/** Between two attempts to connect, in milliseconds: a server that starts up is not besieged, and is seen within 5 s. */
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5000
/** Less is no attempt: authentication alone is several round trips, and SCRAM is made to cost time. In milliseconds. */
const LEAST_MS = 20
const CLOSE_TIMEOUT_MS = 500

/**
 * A session metrics are collected over, kept from scrape to scrape: a server that is out of connections still answers
 * the one we have. Connected when first needed. Only one user at a time.
 */
export class Session {
  readonly target: DatabaseTarget
  readonly #options: ConnectOptions
  readonly #clock: Clock
  readonly #maxPauseMs: number
  #connection: Connection | undefined
  #pauseMs = 0
  #failure: { readonly error: unknown; readonly retryAtMs: number } | undefined
  /** Sent or on their way; `close` waits for them. */
  readonly #cancellations = new Set<Promise<void>>()
  #closed = false

  /**
   * @param maxPauseMs the longest pause between two attempts to connect; 0 for who has a rhythm of their own
   * @throws HowdahError database-url-invalid
   */
  constructor(options: ConnectOptions, clock: Clock, maxPauseMs = MAX_PAUSE_MS) {
    this.target = targetOf(options)
    this.#options = options
    this.#clock = clock
    this.#maxPauseMs = maxPauseMs
  }

  /** Another session of the same role on the same server; `database`: not the same one there. */
  sibling(database?: string): Session {
    return new Session({ ...this.#options, ...(database === undefined ? {} : { database }) }, this.#clock)
  }

  /**
   * The session, connected within `budgetMs` when there is none. `reused` tells that nothing is known of its health yet.
   * Shortly after a failed attempt that attempt's error is thrown again instead of a new attempt.
   * @throws HowdahError as `connect` does
   */
  async acquire(budgetMs: number): Promise<{ readonly connection: Connection; readonly reused: boolean }> {
    if (this.#connection && !this.#connection.lost) return { connection: this.#connection, reused: true }
    this.#connection = undefined
    if (this.#failure && this.#clock.monotonicMs() < this.#failure.retryAtMs) throw this.#failure.error
    // A failure for want of time says nothing of the server, and must not keep the next one from trying.
    if (budgetMs < LEAST_MS) throw this.unreachable('no time was left to connect')
    try {
      const connection = await this.#connect(budgetMs)
      if (this.#closed) {
        await connection.close()
        throw this.unreachable('the metrics server is closing')
      }
      this.#connection = connection
      this.#failure = undefined
      this.#pauseMs = 0
      return { connection, reused: false }
    } catch (error) {
      this.#pauseMs = Math.min(this.#maxPauseMs, this.#pauseMs * 2 || FIRST_PAUSE_MS)
      this.#failure = { error, retryAtMs: this.#clock.monotonicMs() + this.#pauseMs }
      throw error
    }
  }

  async #connect(budgetMs: number): Promise<Connection> {
    if (this.#closed) throw this.unreachable('the metrics server is closing')
    const connectTimeoutMs = Math.max(1, Math.min(this.#options.connectTimeoutMs, budgetMs))
    const opening = connect({ ...this.#options, connectTimeoutMs })
    // A second bound, because one attempt with `sslmode=prefer` is two, and a name look-up has no bound of its own.
    const connection = await within(this.#clock, budgetMs, opening)
    if (connection !== OUT_OF_TIME) return connection
    opening.then(late => late.close()).catch(() => undefined)
    throw this.unreachable(`it did not answer within ${Math.round(budgetMs)} ms`)
  }

  /** The error that says why this server cannot be asked. */
  unreachable(reason: string): HowdahError {
    const { host, port } = this.target
    return new HowdahError('server-unreachable', { host, port, reason })
  }

  /** Gives the session up without waiting for the server: its statement is cancelled and its socket closed. */
  abandon(): void {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection) return
    const cancellation = abandon(connection).finally(() => this.#cancellations.delete(cancellation))
    this.#cancellations.add(cancellation)
  }

  /** Ends the session; after half a second without asking. */
  async close(): Promise<void> {
    this.#closed = true
    const connection = this.#connection
    if (connection && !connection.lost) {
      const ended = await within(this.#clock, CLOSE_TIMEOUT_MS, connection.close()).catch(() => undefined)
      if (ended === OUT_OF_TIME) this.abandon()
    }
    await Promise.all(this.#cancellations)
  }
}
