import { cataloguedSeries } from '../../runner/names.ts'
import { AWAITED_METRICS } from '../rules/awaited-metrics.ts'
import { type Expression, promql, type RecordingRule, type SeriesName, series } from '../rules/expression.ts'

/** The data source that the reader of a dashboard has chosen. */
export const CHOSEN_SOURCE = { type: 'prometheus', uid: `$\{datasource}` }

/** Labels that a variable of the same name narrows, besides those of the target. */
export const NARROWING_LABELS = ['datname', 'pooler'] as const

/** What the variables of every dashboard narrow. */
export const TARGET = 'job=~"$job",instance=~"$instance"'

/** Labels of a metric; those of the target, which all have, are not among them. */
export function labelsOf(name: string): readonly string[] {
  const awaited: Readonly<Record<string, readonly string[]>> = AWAITED_METRICS
  return cataloguedSeries()[name]?.labels ?? awaited[name] ?? []
}

const narrowed = (labels: readonly string[]) => [
  TARGET,
  ...NARROWING_LABELS.filter(label => labels.includes(label)).map(label => `${label}=~"$${label}"`),
]

/** The series of a metric that the variables of the dashboard let through; `matchers` narrows further. */
export function selected(name: SeriesName, ...matchers: readonly string[]): Expression {
  return series(name, [...narrowed(labelsOf(name)), ...matchers].join(','))
}

/** What a recording rule has computed, of the same targets. */
export function recorded({ record, expression }: RecordingRule): Expression {
  const labels = record.startsWith('database:') ? ['datname'] : []
  return { text: `${record}{${narrowed(labels).join(',')}}`, metrics: expression.metrics }
}

/** How fast a counter rises, over as many scrapes as one point of the graph stands for. */
export const perSecond = (counter: Expression): Expression => promql`rate(${counter}[$__rate_interval])`

/** By how much a counter rose within the time that is shown. */
export const risen = (counter: Expression): Expression => promql`increase(${counter}[$__range])`

/** The largest of them at each moment: in a graph, lines come and go. */
export const largest = (count: number, { text, metrics }: Expression): Expression => ({
  text: `topk(${count}, ${text})`,
  metrics,
})

/** A moment as Grafana counts, in milliseconds. */
export const moment = (seconds: Expression): Expression => promql`${seconds} * 1000`
