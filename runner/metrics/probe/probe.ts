import type { Clock } from '../../core/clock.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import type { ConnectOptions } from '../../postgres/connect.ts'
import { Session } from '../collection/session.ts'
import { Histogram } from '../exposition/histogram.ts'
import { FamilyBuilder, type Snapshot } from '../exposition/snapshot.ts'
import { PROBE_METRICS } from './probe-metrics.ts'

const INTERVAL_MS = 5000
/** Users have gone by then; a server that hangs must not make probes rarer either. In milliseconds. */
const TIMEOUT_MS = 2000

/** In seconds. 0.05 is the objective of `PgLatencyBurnFast`, and has to be among them. */
export const PROBE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2] as const

export interface ProbeOptions {
  readonly path: 'direct' | 'pooler'
  readonly connect: ConnectOptions
  readonly clock: Clock
  /** Between the beginnings of two probes; absent: five seconds. */
  readonly intervalMs?: number
}

/**
 * Asks `SELECT 1` over a session of its own from `start` to `close`, whoever scrapes or does not: an outage shorter than the
 * interval between two scrapes counts as well.
 */
export class Probe {
  readonly #options: ProbeOptions
  readonly #session: Session
  readonly #durations = new Histogram(PROBE_BUCKETS)
  readonly #stop = new AbortController()
  #attempts = 0
  #failures = 0
  #running: Promise<void> = Promise.resolve()

  /** @throws HowdahError database-url-invalid */
  constructor(options: ProbeOptions) {
    this.#options = options
    this.#session = new Session(options.connect, options.clock, 0)
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends within a second, whatever the server does. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#session.close()
    await this.#running
  }

  snapshot(): Snapshot {
    const { path } = this.#options
    const families = new FamilyBuilder(PROBE_METRICS)
    families.emit('pg_probe_attempts_total', this.#attempts, { path })
    families.emit('pg_probe_failures_total', this.#failures, { path })
    const name = 'pg_probe_duration_seconds'
    const durations = { name, definition: PROBE_METRICS[name], samples: this.#durations.samples({ path }) }
    return [...families.families(), durations]
  }

  async #run(): Promise<void> {
    const { clock, intervalMs = INTERVAL_MS } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      const started = clock.monotonicMs()
      await this.#attempt()
      const restMs = Math.max(0, intervalMs - (clock.monotonicMs() - started))
      await clock.sleep(restMs, signal).catch(() => undefined)
    }
  }

  async #attempt(): Promise<void> {
    const { clock } = this.#options
    const started = clock.monotonicMs()
    const answered = await within(clock, TIMEOUT_MS, this.#ask()).catch(() => OUT_OF_TIME)
    // What our own closing interrupted says nothing of the server.
    if (this.#stop.signal.aborted) return
    this.#attempts += 1
    if (answered !== OUT_OF_TIME) return this.#durations.observe((clock.monotonicMs() - started) / 1000)
    this.#failures += 1
    this.#session.abandon()
  }

  async #ask(): Promise<void> {
    const { connection } = await this.#session.acquire(TIMEOUT_MS)
    await connection.run('SELECT 1')
  }
}
