/** What one metric means. A name is written once, where its collector declares it; `catalogue.ts` is the list of all. */
export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram'
  /** One sentence for people, with the unit where the name does not say it. */
  readonly help: string
  readonly labels: readonly string[]
}

/** Metrics by name. */
export type MetricTable = Readonly<Record<string, MetricDefinition>>

/** Label values by name: exactly those of the definition. */
export type LabelsOf<D extends MetricDefinition> = Readonly<Record<D['labels'][number], string>>

/**
 * Gives one value of a declared metric. `null` is a value the server does not have or does not show: then there is no
 * sample, because a made-up 0 would be a lie. Labels are an argument only where the metric has any.
 */
export type Emit<M extends MetricTable> = <N extends keyof M & string>(
  name: N,
  value: number | null,
  ...labels: [M[N]['labels'][number]] extends [never] ? [] : [LabelsOf<M[N]>]
) => void

type Definition<T extends MetricDefinition['type'], L extends readonly string[]> = {
  readonly type: T
  readonly help: string
  readonly labels: L
}

/** A value that goes up and down. */
export function gauge(help: string): Definition<'gauge', readonly []>
export function gauge<const L extends readonly string[]>(help: string, labels: L): Definition<'gauge', L>
export function gauge(help: string, labels: readonly string[] = []): MetricDefinition {
  return { type: 'gauge', help, labels }
}

/** A value that only rises, until the server's statistics are reset. */
export function counter(help: string): Definition<'counter', readonly []>
export function counter<const L extends readonly string[]>(help: string, labels: L): Definition<'counter', L>
export function counter(help: string, labels: readonly string[] = []): MetricDefinition {
  return { type: 'counter', help, labels }
}

/** Values by how large they were. On the page it is `_bucket` (with the label `le`), `_sum` and `_count`. */
export function histogram<const L extends readonly string[]>(
  help: string,
  labels: L,
): Definition<'histogram', L> {
  return { type: 'histogram', help, labels }
}
