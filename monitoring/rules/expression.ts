import type { MetricSeriesName } from '../../runner/names.ts'
import type { AWAITED_METRICS } from './awaited-metrics.ts'
import type { Duration } from './duration.ts'
import type { Threshold } from './thresholds.ts'

/** Series that Prometheus makes itself: of each target, and of alerts. */
export const PROMETHEUS_SERIES = ['up', 'ALERTS', 'scrape_samples_scraped'] as const

/** What an expression may ask for: a name that nobody has does not compile. */
export type SeriesName = MetricSeriesName | keyof typeof AWAITED_METRICS | (typeof PROMETHEUS_SERIES)[number]

/** PromQL, and the metrics in it. */
export interface Expression {
  readonly text: string
  readonly metrics: readonly SeriesName[]
}

/** A value that Prometheus computes at every evaluation, for alerts and dashboards to share. */
export interface RecordingRule {
  /** `level:metric:operation`. */
  readonly record: string
  readonly expression: Expression
}

/** Puts an expression together. Metrics come in as `series(…)`, limits as thresholds, never as text. */
export function promql(
  parts: TemplateStringsArray,
  ...values: readonly (Expression | Threshold | RecordingRule)[]
): Expression {
  const written = values.map(value =>
    'record' in value ? value.record : 'text' in value ? value.text : String(value.value),
  )
  const used = values.flatMap(value =>
    'record' in value ? value.expression.metrics : 'text' in value ? value.metrics : [],
  )
  return { text: String.raw({ raw: parts }, ...written), metrics: [...new Set(used)] }
}

/** The series of a metric; `matchers` is what stands in the braces. */
export function series(name: SeriesName, matchers = ''): Expression {
  return { text: matchers === '' ? name : `${name}{${matchers}}`, metrics: [name] }
}

export const over = (expression: Expression, window: Duration): Expression => ({
  ...expression,
  text: `${expression.text}[${window}]`,
})

type Aggregation = 'max' | 'min' | 'sum'

/** Every aggregation keeps the target; whatever other label is kept is named. All other labels go. */
function aggregate(operator: Aggregation, { text, metrics }: Expression, labels: readonly string[]) {
  return { text: `${operator} by (${['job', 'instance', ...labels].join(', ')}) (${text})`, metrics }
}

export const max = (expression: Expression, ...labels: readonly string[]): Expression =>
  aggregate('max', expression, labels)
export const min = (expression: Expression, ...labels: readonly string[]): Expression =>
  aggregate('min', expression, labels)
export const sum = (expression: Expression, ...labels: readonly string[]): Expression =>
  aggregate('sum', expression, labels)

/**
 * By how much a counter rose, exactly. `increase()` extrapolates to the ends of the window: ten slow calls, scraped every
 * 30 s, are 11.1 of them in five minutes. It is what remains where the counter was reset in between.
 */
export function exactIncrease(counter: Expression, window: Duration): Expression {
  const range = over(counter, window)
  return promql`max_over_time(${range}) - min_over_time(${range}) unless resets(${range}) > 0 or increase(${range})`
}
