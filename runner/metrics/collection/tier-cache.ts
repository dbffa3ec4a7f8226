import type { Clock } from '../../core/clock.ts'
import type { Collector, Tier } from '../collector.ts'
import type { Snapshot } from '../exposition/snapshot.ts'
import { type CollectorOutcome, notRun } from './run-collector.ts'

/**
 * How old an answer may be before the server is asked anew, in milliseconds. Medium: every second scrape at the usual 15 s.
 * Slow: the costliest collectors take 200 ms each at 10,000 tables, in 5 minutes less than a thousandth of one core, and
 * what they measure (sizes, bloat, unused indexes) moves over hours.
 */
export const REFRESH_MS: Readonly<Record<Exclude<Tier, 'fast'>, number>> = { medium: 30_000, slow: 300_000 }

/** Samples are exposed for less than this many intervals: two refreshes may fail, and nobody decides on what is older. */
const LIFE_INTERVALS = 3
/** From this many intervals on a collector is asked with whatever time is left, instead of being put off for ever. */
const OVERDUE_INTERVALS = 2
/** After a failure, in milliseconds: a collector that used up its time limit does not do that on every scrape. */
const RETRY_MS = 30_000
/** A collector that had no turn for so long since it could have had one gets it whatever the scrape has spent, in milliseconds. */
const FIRST_TURN_MS = 60_000
/** Less time than this is not worth a question, in milliseconds. */
const LEAST_MS = 100
/** A collector is given as much again as it took last: servers have bad moments. */
const MARGIN = 2

/** Both clocks: the monotonic one stands still while the machine sleeps, the other one is set back by hand. */
interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

interface Entry {
  readonly asked: Moment
  readonly last: CollectorOutcome
  /** The last run that succeeded; its age counts from its start, since nothing in it is newer. */
  readonly good?: { readonly asked: Moment; readonly families: Snapshot; readonly durationMs: number }
}

/** What the collectors of the medium and slow tier found last, and which of them to ask anew. */
export class TierCache {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  /** Collectors to ask whatever their age. */
  #overdue = new Set<string>()
  #source: string | undefined
  /** Since when collectors are due that were never asked. */
  #since: Moment

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = this.#now()
  }

  /** Forgets everything when it was found elsewhere: another server, role or database. */
  keepFor(source: string): void {
    if (source === this.#source) return
    this.#source = source
    this.#entries.clear()
    this.#since = this.#now()
  }

  /** Has everything asked anew as soon as there is time; until then its samples stay. */
  askAnew(): void {
    this.#overdue = new Set(this.#entries.keys())
  }

  /** Those of a cached tier whose time has come; whoever waited longest is first, so that none starves behind another, then the medium tier. */
  due(collectors: readonly Collector[]): readonly Collector[] {
    const waitedMs = (collector: Collector) => {
      const entry = this.#entries.get(collector.name)
      return entry ? this.#ageMs(entry.asked) : Number.MAX_VALUE
    }
    return collectors
      .filter(collector => {
        const intervalMs = refreshMs(collector)
        if (intervalMs === undefined) return false
        if (this.#overdue.has(collector.name)) return true
        const failed = this.#entries.get(collector.name)?.last.failure !== undefined
        return waitedMs(collector) >= (failed ? RETRY_MS : intervalMs)
      })
      .sort(
        (one, other) => waitedMs(other) - waitedMs(one) || (refreshMs(one) ?? 0) - (refreshMs(other) ?? 0),
      )
  }

  /** Whether a collector can be expected to answer in `leftMs`; one that cannot is put off to the next scrape. */
  fits(collector: Collector, leftMs: number): boolean {
    if (leftMs < LEAST_MS) return false
    const good = this.#entries.get(collector.name)?.good
    if (!good || this.isOverdue(collector)) return true
    return leftMs >= good.durationMs * MARGIN
  }

  /** Whether it was put off so often that it is not to be put off again for the sake of a quick page. */
  isOverdue(collector: Collector): boolean {
    const entry = this.#entries.get(collector.name)
    if (!entry) return this.#ageMs(this.#since) >= FIRST_TURN_MS
    return this.#ageMs(entry.asked) >= OVERDUE_INTERVALS * (refreshMs(collector) ?? 0)
  }

  /** Runs a collector and keeps what it found; a failure leaves the samples of the last success where they are. */
  async refresh(collector: Collector, run: () => Promise<CollectorOutcome>): Promise<void> {
    const asked = this.#now()
    this.#overdue.delete(collector.name)
    const last = await run()
    const { families, durationMs } = last
    const good =
      last.failure === undefined ? { asked, families, durationMs } : this.#entries.get(collector.name)?.good
    this.#entries.set(collector.name, { asked, last, ...(good && { good }) })
  }

  /** How the last run ended, with the samples of the last success while they are young enough; pending before the first run. */
  answer(collector: Collector): CollectorOutcome {
    const { name } = collector
    const entry = this.#entries.get(name)
    if (!entry) return { ...notRun(collector, undefined), pending: true }
    const { last, good } = entry
    const ageMs = good && this.#ageMs(good.asked)
    if (good && ageMs !== undefined && ageMs < LIFE_INTERVALS * (refreshMs(collector) ?? 0))
      return { ...last, families: good.families, ageMs }
    return { ...last, families: [], failure: last.failure ?? PUT_OFF }
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.now().getTime() }
  }

  #ageMs({ monotonicMs, wallMs }: Moment): number {
    return Math.max(this.#clock.monotonicMs() - monotonicMs, this.#clock.now().getTime() - wallMs)
  }
}

const PUT_OFF = 'put off to the next scrape: too little time was left'

/** `undefined` for a collector that is asked on every scrape. */
export function refreshMs({ tier = 'fast' }: Pick<Collector, 'tier'>): number | undefined {
  return tier === 'fast' ? undefined : REFRESH_MS[tier]
}
