import type { Readings } from './readings.ts'

/** One point a scrape at the usual interval; an hour of them, which is 240 points of six numbers for a server. */
export const STEP_SECONDS = 15
export const STEPS = 240

/** What is remembered of a measurement; `null` is what it did not tell. */
export interface Measured {
  readonly up: boolean
  readonly connections: number | null
  readonly longestTransactionSeconds: number | null
  readonly blockedSessions: number | null
  readonly lagSeconds: number | null
  /** Transactions since the server began to count them. */
  readonly transactions: number | null
}

type Gauge = 'connections' | 'longestTransactionSeconds' | 'blockedSessions' | 'lagSeconds'
export type SeriesKey = Gauge | 'transactionsPerSecond'

/** The last hour, oldest first; `null` where nothing was measured, or where it is not known. */
export interface HistoryView {
  readonly stepSeconds: number
  /** End of the last step, in Unix time. */
  readonly until: number
  /** The highest of each step. */
  readonly series: Readonly<Record<SeriesKey, readonly (number | null)[]>>
  /** Whether the server did not answer. */
  readonly away: readonly boolean[]
}

interface Point extends Measured {
  /** Since 1970, in steps. */
  readonly step: number
  readonly atSeconds: number
}

const GAUGES: readonly Gauge[] = ['connections', 'longestTransactionSeconds', 'blockedSessions', 'lagSeconds']

/** Two measurements this close left nothing out, in seconds; longer than a step, since nobody comes back to the millisecond. */
const REGULAR = 1.5 * STEP_SECONDS

/** Two readings of a counter further apart than this say nothing of the moment, in seconds. */
const FURTHEST_APART = 90

/** What was measured in the last hour. Nothing is filled in between. */
export class History {
  #points: Point[] = []

  /** Several measurements in one step become its worst. A clock that was set back begins anew from there. */
  add(atSeconds: number, measured: Measured): void {
    const step = Math.floor(atSeconds / STEP_SECONDS)
    const last = this.#points.at(-1)
    const kept = this.#points.filter(point => point.step > step - STEPS && point.step < step)
    const next = { ...measured, step, atSeconds }
    this.#points = [...kept, last?.step === step ? worse(last, next) : next]
  }

  view(nowSeconds: number): HistoryView {
    const end = Math.floor(nowSeconds / STEP_SECONDS)
    const byStep = this.#onSteps()
    const steps = Array.from({ length: STEPS }, (_, at) => end - STEPS + 1 + at)
    const gauge = (name: Gauge) => steps.map(step => byStep.get(step)?.[name] ?? null)
    const rates = this.#rates()
    return {
      stepSeconds: STEP_SECONDS,
      until: (end + 1) * STEP_SECONDS,
      series: {
        connections: gauge('connections'),
        longestTransactionSeconds: gauge('longestTransactionSeconds'),
        blockedSessions: gauge('blockedSessions'),
        lagSeconds: gauge('lagSeconds'),
        transactionsPerSecond: steps.map(step => rates.get(byStep.get(step)?.step ?? step) ?? null),
      },
      away: steps.map(step => byStep.get(step)?.up === false),
    }
  }

  /** Regular measurements drift against the steps: one that begins just after a step it belongs to stands for it as well. */
  #onSteps(): ReadonlyMap<number, Point> {
    const byStep = new Map(this.#points.map(point => [point.step, point]))
    for (const [at, point] of this.#points.entries()) {
      const before = this.#points[at - 1]
      if (before && before.step === point.step - 2 && point.atSeconds - before.atSeconds <= REGULAR)
        byStep.set(point.step - 1, point)
    }
    return byStep
  }

  /** By step; none where the counter began anew in between, or was not read for long. */
  #rates(): ReadonlyMap<number, number> {
    const rates = new Map<number, number>()
    for (const [at, point] of this.#points.entries()) {
      const before = this.#points[at - 1]
      if (!before || before.transactions === null || point.transactions === null) continue
      const seconds = point.atSeconds - before.atSeconds
      const grown = point.transactions - before.transactions
      if (grown >= 0 && seconds > 0 && seconds <= FURTHEST_APART) rates.set(point.step, grown / seconds)
    }
    return rates
  }
}

function worse(one: Point, other: Point): Point {
  const highest = (name: Gauge) =>
    one[name] === null || other[name] === null ? (one[name] ?? other[name]) : Math.max(one[name], other[name])
  const gauges = Object.fromEntries(GAUGES.map(name => [name, highest(name)])) as Record<Gauge, number | null>
  return { ...other, ...gauges, up: one.up && other.up }
}

/** What to remember of a snapshot. */
export function measuredIn(readings: Readings): Measured {
  const [commits, rollbacks] = [
    readings.sum('pg_stat_database_xact_commit'),
    readings.sum('pg_stat_database_xact_rollback'),
  ]
  return {
    up: readings.max('pg_up') === 1,
    connections: readings.sum('pg_stat_activity_count') ?? null,
    longestTransactionSeconds: longestTransaction(readings),
    blockedSessions: readings.max('pg_blocked_sessions') ?? null,
    lagSeconds: readings.max('pg_replication_lag_seconds') ?? null,
    transactions: commits === undefined || rollbacks === undefined ? null : commits + rollbacks,
  }
}

/** `null` also where any session is hidden from the role that monitors: it may be the one. */
export function longestTransaction(
  readings: Readings,
  where: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): number | null {
  const hidden = readings.sum('pg_stat_activity_count', labels => where(labels) && labels.state === 'hidden')
  if (hidden !== undefined && hidden > 0) return null
  const open = readings.max(
    'pg_stat_activity_max_tx_duration',
    labels => where(labels) && labels.state !== 'idle',
  )
  return open ?? null
}
