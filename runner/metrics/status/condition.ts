import type { MetricName } from '../catalogue.ts'
import type { Sample } from '../exposition/snapshot.ts'
import type { Readings } from './readings.ts'

export type Severity = 'critical' | 'warning'

/** What is the case at this moment; the alert of that name fires when it stays so for the alert's `for`. */
export interface Condition {
  readonly alert: string
  readonly severity: Severity
  /** What it is about where there can be several: a database, a slot, an index; `null`: the server. */
  readonly subject: string | null
  readonly sentence: string
}

/** A condition nobody can judge at this moment, and why. */
export interface Undecided {
  readonly alert: string
  readonly reason: string
}

export interface Finding {
  readonly subject?: string
  readonly sentence: string
}

/** An alert, as far as one snapshot can decide it. */
export interface ConditionRule {
  readonly alert: string
  readonly severity: Severity
  /** What it reads. Without a sample of one of these, and with its collector failing, it is undecided. */
  readonly reads: readonly MetricName[]
  /** Those that there always are while their collector works: without them it is undecided whatever the collector says. */
  readonly always?: readonly MetricName[]
  /** The milder rule that says nothing new about the same subject while this one holds. */
  readonly supersedes?: string | undefined
  readonly find: (readings: Readings) => readonly Finding[]
}

/** One of two alerts about the same thing. */
export interface Level extends Pick<ConditionRule, 'alert' | 'severity' | 'supersedes'> {
  readonly limit: number
}

/** The worse of two alerts about the same thing, which says nothing new of the milder one, and the milder one. */
export function levels(
  rule: (level: Level) => ConditionRule,
  [milder, limit]: readonly [string, number],
  [worse, worseLimit]: readonly [string, number],
): readonly ConditionRule[] {
  return [
    rule({ alert: worse, severity: 'critical', limit: worseLimit, supersedes: milder }),
    rule({ alert: milder, severity: 'warning', limit }),
  ]
}

interface Limit {
  readonly alert: string
  readonly severity: Severity
  readonly metric: MetricName
  readonly above: number
  /** Labels that tell series apart that are judged each for itself. */
  readonly by?: readonly string[]
  /** Whether there is always a sample. */
  readonly always?: boolean
  readonly where?: (labels: Sample['labels']) => boolean
  readonly supersedes?: string | undefined
  readonly say: (value: number, labels: Sample['labels']) => string
}

/** The ordinary rule: the highest value is above a limit. */
export function above({ alert, severity, metric, by = [], where, say, ...rest }: Limit): ConditionRule {
  return {
    alert,
    severity,
    reads: [metric],
    supersedes: rest.supersedes,
    ...(rest.always && { always: [metric] }),
    find: readings =>
      readings
        .maxBy(metric, by, where)
        .filter(({ value }) => value > rest.above)
        .map(({ labels, value }) => ({
          ...(by.length > 0 && { subject: by.map(label => labels[label]).join('.') }),
          sentence: say(value, labels),
        })),
  }
}
