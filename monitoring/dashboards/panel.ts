import { type Expression, max, promql } from '../rules/expression.ts'
import { missingMetrics } from '../rules/missing-metrics.ts'
import type { Limit } from './limit.ts'
import { selected } from './query.ts'

/** Units as Grafana names them. `moment` is shown as how long ago it was, and comes in milliseconds. */
export const UNITS = {
  count: 'short',
  ratio: 'percentunit',
  percent: 'percent',
  seconds: 's',
  bytes: 'bytes',
  bytesPerSecond: 'Bps',
  perSecond: 'cps',
  /** Seconds spent in each second: how many were at it on average. */
  secondsPerSecond: 'none',
  yesNo: 'bool_yes_no',
  onOff: 'bool_on_off',
  moment: 'dateTimeFromNow',
} as const
export type Unit = keyof typeof UNITS

/** What every panel has to say of itself. */
interface Told {
  readonly title: string
  /** What is seen, and what to make of it. Alerts are added to it. */
  readonly description: string
  /** Of 24 columns. */
  readonly width?: 4 | 6 | 8 | 12 | 16 | 24
}

/** An expression with the name of its lines. */
export interface Line {
  readonly expression: Expression
  /** In Grafana's terms: `{{instance}} {{datname}}`. */
  readonly legend: string
}

export interface TimeSeries extends Told {
  readonly kind: 'time-series'
  readonly unit: Unit
  readonly lines: readonly Line[]
  readonly limits: readonly Limit[]
  /** One above the other, where the sum means something. */
  readonly stacked: boolean
  /** Where the axis ends by nature: 1 of a ratio. */
  readonly most?: number
}

export interface Stat extends Told {
  readonly kind: 'stat'
  readonly unit: Unit
  readonly lines: readonly Line[]
  readonly limits: readonly Limit[]
  /** The name of the line in place of its value: for a value that is always 1, with a label that tells. */
  readonly namesOnly?: boolean
}

/** What was so on each of the last days, one square a day. */
export interface History extends Told {
  readonly kind: 'history'
  readonly unit: 'count'
  readonly lines: readonly Line[]
  readonly limits: readonly Limit[]
  /** What a value is called. */
  readonly values: Readonly<Record<number, string>>
  readonly days: number
}

export interface Column {
  readonly title: string
  readonly unit: Unit
  readonly expression: Expression
  readonly limits?: readonly Limit[]
}

/** A row for each combination of labels. */
export interface Table extends Told {
  readonly kind: 'table'
  /** Labels shown, in this order; the columns of values follow. */
  readonly labels: readonly string[]
  readonly columns: readonly [Column, ...Column[]]
  /** The column rows are sorted by, largest first; absent: the first label. */
  readonly sortedBy?: string
}

export type Panel = TimeSeries | Stat | History | Table

type Given<P extends TimeSeries | Stat> = Omit<P, 'kind' | 'limits' | 'stacked' | 'lines'> & {
  readonly limits?: readonly Limit[]
  readonly lines: readonly Line[]
}

export const timeSeries = (given: Given<TimeSeries> & { readonly stacked?: boolean }): TimeSeries => ({
  kind: 'time-series',
  limits: [],
  stacked: false,
  ...given,
})

/** The latest value, large. */
export const stat = (given: Given<Stat>): Stat => ({ kind: 'stat', limits: [], ...given })

export const history = (given: Omit<History, 'kind' | 'unit'>): History => ({
  kind: 'history',
  unit: 'count',
  ...given,
})

export const table = (given: Omit<Table, 'kind'>): Table => ({ kind: 'table', ...given })

/** The largest of a metric by target and the labels named, which also name the line. */
export function line(metric: Parameters<typeof selected>[0], ...labels: readonly string[]): Line {
  return { expression: max(selected(metric), ...labels), legend: legendOf(labels) }
}

export const legendOf = (labels: readonly string[]) =>
  ['instance', ...labels].map(label => `{{${label}}}`).join(' ')

/** A line with words before its labels, where a panel shows several things. */
export const named = (name: string, { expression, legend }: Line): Line => ({
  expression,
  legend: `${name} ${legend}`,
})

/** One per `by`, of the other. */
export const ratio = (part: Expression, whole: Expression): Expression => promql`${part} / (${whole} > 0)`

/** Everything a panel asks for. */
export function expressionsOf(panel: Panel): readonly Expression[] {
  return panel.kind === 'table'
    ? panel.columns.map(({ expression }) => expression)
    : panel.lines.map(({ expression }) => expression)
}

export function limitsOf(panel: Panel): readonly Limit[] {
  return panel.kind === 'table' ? panel.columns.flatMap(({ limits = [] }) => limits) : panel.limits
}

/** The panel without what asks for metrics that no collector has; `undefined` when nothing is left. */
export function readyPart(panel: Panel): Panel | undefined {
  const ready = ({ expression }: { readonly expression: Expression }) =>
    missingMetrics(expression).length === 0
  if (panel.kind === 'table') {
    const [first, ...others] = panel.columns.filter(ready)
    return first && { ...panel, columns: [first, ...others] }
  }
  const lines = panel.lines.filter(ready)
  return lines.length > 0 ? { ...panel, lines } : undefined
}
