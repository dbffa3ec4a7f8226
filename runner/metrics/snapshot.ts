import type { Emit, MetricDefinition, MetricTable } from './metric.ts'

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All samples of one metric: the exposition format wants them in one group. */
export interface Family {
  readonly name: string
  readonly definition: MetricDefinition
  readonly samples: readonly Sample[]
}

/** What one collection found; never changed afterwards, so that scrapes at the same time cannot disturb each other. */
export type Snapshot = readonly Family[]

/**
 * Gathers the samples of one collector. They count only when it ends well: half a result would look like a whole one.
 *
 * The same series twice is refused: Prometheus then rejects the scrape as a whole ("duplicate sample for timestamp").
 */
export class FamilyBuilder<M extends MetricTable> {
  readonly #definitions: M
  readonly #families = new Map<string, Sample[]>()
  readonly #seen = new Set<string>()

  constructor(definitions: M) {
    this.#definitions = definitions
  }

  readonly emit: Emit<M> = (name, value, ...rest) => {
    if (value === null) return
    const labels: Readonly<Record<string, string>> = rest[0] ?? {}
    const series = JSON.stringify([name, ...this.#labelNames(name).map(label => labels[label])])
    if (this.#seen.has(series)) throw new Error(`series twice: ${series}`)
    this.#seen.add(series)
    const samples = this.#families.get(name) ?? []
    samples.push({ labels, value })
    this.#families.set(name, samples)
  }

  families(): Snapshot {
    return [...this.#families].flatMap(([name, samples]) => {
      const definition = this.#definitions[name]
      return definition ? [{ name, definition, samples }] : []
    })
  }

  #labelNames(name: string): readonly string[] {
    return this.#definitions[name]?.labels ?? []
  }
}
