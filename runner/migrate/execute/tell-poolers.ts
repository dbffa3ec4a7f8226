import { HowdahError } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { plural } from '../../core/units.ts'
import { arePoolersDue, clearPoolersDue, withdrawPoolersDue } from '../../ledger/runs.ts'
import { type PoolerOutcome, reconnectPoolers, requireConsoleUrl } from '../../pooler/pooler.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'

/** The poolers before the database, and how patient to be with them (milliseconds). */
export interface PoolerOptions {
  readonly poolerAdminUrls?: readonly Secret[] | undefined
  readonly poolerDrainMs: number
  readonly connectTimeoutMs: number
}

export interface PoolersTold {
  readonly poolers: readonly PoolerOutcome[]
  /** One of them was not told: it stays on record, and the next deploy tells it. */
  readonly error: HowdahError | undefined
}

/** A user who interrupts waits no longer than this for a pooler that does not answer, in milliseconds. */
const AFTER_INTERRUPTION_MS = 3000

const NOBODY: PoolersTold = { poolers: [], error: undefined }

/**
 * The poolers of one run of a verb that changes the schema under the run lock: `check` before anything, `due` in the record
 * of the run, `heal` before it begins, `settle` when it has come to its end.
 */
export class Poolers {
  readonly #connection: Connection
  readonly #options: PoolerOptions | undefined
  readonly #runtime: Runtime

  constructor(connection: Connection, options: PoolerOptions | undefined, runtime: Runtime) {
    this.#connection = connection
    this.#options = options
    this.#runtime = runtime
  }

  get #urls(): readonly Secret[] {
    return this.#options?.poolerAdminUrls ?? []
  }

  /** Whether there are any: then a run that may change the schema is recorded with poolers due. */
  get configured(): boolean {
    return this.#urls.length > 0
  }

  /** Tells them what an earlier run did and did not tell. Without poolers it costs nothing, else one round trip. */
  async heal(): Promise<PoolersTold> {
    if (!this.configured || !(await arePoolersDue(this.#connection))) return NOBODY
    return this.#tell()
  }

  /**
   * The end of a run whose record says that poolers are due. A record that cannot be written stays due, which costs
   * a needless RECONNECT later.
   * @param changed whether the schema changed, in this run or in one that `heal` could not tell of
   */
  async settle(changed: boolean): Promise<PoolersTold> {
    if (!this.configured || this.#connection.lost) return NOBODY
    if (changed) return this.#tell()
    try {
      await withdrawPoolersDue(this.#connection, this.#runtime.runId)
      return NOBODY
    } catch (error) {
      return { poolers: [], error: explainError(error) }
    }
  }

  async #tell(): Promise<PoolersTold> {
    const { clock, signal, progress, log } = this.#runtime
    const { connectTimeoutMs: patienceMs = 0, poolerDrainMs: drainMs = 0 } = this.#options ?? {}
    const connectTimeoutMs = signal.aborted ? Math.min(patienceMs, AFTER_INTERRUPTION_MS) : patienceMs
    const options = { connectTimeoutMs, drainMs, clock, signal }
    const poolers = await step(
      progress,
      'Poolers',
      () => reconnectPoolers(this.#urls, options),
      told => `${plural(told.filter(({ state }) => state === 'told').length, 'pooler')} told to reconnect`,
    )
    for (const each of poolers) {
      const { pooler, closing, reason = 'no reason was given' } = each
      if (each.state === 'not-told')
        logEvent(log, 'pooler.not-told', `PgBouncer at ${pooler} was not told to reconnect: ${reason}`, {
          pooler,
          reason,
        })
      else if (each.closing !== 0)
        logEvent(log, 'pooler.closing', `PgBouncer at ${pooler}: ${closingText(each)}`, { pooler, closing })
    }
    const missed = poolers.filter(({ state }) => state === 'not-told')
    const [first] = missed
    if (!first) {
      return { poolers, error: await this.#clear() }
    }
    const params = {
      poolers: missed.map(({ pooler }) => pooler),
      reason: first.reason ?? 'no reason was given',
    }
    return { poolers, error: new HowdahError('pooler-not-told', params, { details: { poolers } }) }
  }

  async #clear(): Promise<HowdahError | undefined> {
    try {
      await clearPoolersDue(this.#connection)
      return undefined
    } catch (error) {
      return explainError(error)
    }
  }
}

/** What is known of the server connections from before the change. */
export function closingText({ closing }: PoolerOutcome): string {
  if (closing === null) return 'it does not say how many server connections from before are still open'
  if (closing === 0) return 'no server connection from before is open'
  return `${plural(closing, 'server connection')} from before still in use: each is closed when its client lets go of it`
}

/** @throws HowdahError database-url-invalid, before anything was tried */
export function requirePoolerUrls({ poolerAdminUrls }: Partial<PoolerOptions>): void {
  for (const url of poolerAdminUrls ?? []) requireConsoleUrl(url)
}
