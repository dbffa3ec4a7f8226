import type { Duration } from './duration.ts'
import type { Expression, SeriesName } from './expression.ts'

/** `critical`: wakes somebody. `warning`: within working hours. `info`: worth knowing. `none`: the heartbeat. */
export type Severity = 'critical' | 'warning' | 'info' | 'none'

/** A series of a proof; labels of the target are added where they are missing. */
export type SeriesKey = SeriesName | `${SeriesName}{${string}}`

/** Input for the rule, and what comes of it. */
export interface Case {
  /** A number is a value that stays; a text is promtool's notation (`0+1x10`). */
  readonly series: Readonly<Partial<Record<SeriesKey, number | string>>>
  /** When to look; absent: two minutes after `for`, or sooner where it is short. */
  readonly at?: Duration
  /** When the condition begins to hold; absent: at once. */
  readonly from?: Duration
  /** Between two scrapes; absent: 15 s, or 2 min where `for` is hours. */
  readonly interval?: Duration
}

/** Input that makes the alert fire, with its labels besides job, instance and severity; `null` for one that it does not have. */
export type FiringCase = Case & { readonly labels?: Readonly<Record<string, string | null>> }

/** What promtool shows of an alert. Values lie close to the threshold, so that a threshold ten times off is found. */
export interface Proof {
  readonly fires: FiringCase
  /** Other inputs that make it fire; without labels of their own: with the same. */
  readonly also?: readonly FiringCase[]
  readonly silent: readonly Case[]
  /** What becomes of the alert when there is no series at all. */
  readonly noData: 'silent' | 'fires'
}

export interface Alert {
  /** Also the name of its runbook, where it has one. */
  readonly name: `${'Pg' | 'Runner' | 'Watchdog'}${string}`
  readonly expression: Expression
  /** How long it has to hold; `0s` is at once. */
  readonly for: Duration
  readonly severity: Severity
  /** One line, without values that change from one evaluation to the next. */
  readonly summary: string
  /** What it means and what to do next. */
  readonly description: string
  readonly proof: Proof
}
