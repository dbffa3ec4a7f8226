import type { Emit, MetricDefinition, MetricTable } from './metric.ts'

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram: which of its series, `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string
}

/** All samples of one metric: the exposition format wants them in one group. */
export interface Family {
  readonly name: string
  readonly definition: MetricDefinition
  readonly samples: readonly Sample[]
}

/** What one collection found; never changed afterwards, so that scrapes at the same time cannot disturb each other. */
export type Snapshot = readonly Family[]

/** What one run of a collector found. */
export interface Findings {
  readonly families: Snapshot
  /** How many series were left out because there were more than the collector may have. */
  readonly dropped: number
}

/** How many series are in it. */
export const seriesIn = (snapshot: Snapshot): number =>
  snapshot.reduce((sum, { samples }) => sum + samples.length, 0)

/**
 * Keeps at most so many series of all snapshots together. A metric of few series gives all of them: that is what alerts are made
 * of. Lists of tables and statements share what is left, those of the first snapshot before the others.
 * @returns what is left of each snapshot, and how much is not
 */
export function limitSeries(snapshots: readonly Snapshot[], most: number): readonly Findings[] {
  let left = Math.max(0, most)
  const kept = new Map<Family, Family>()
  for (const family of snapshots.flat().sort((one, other) => one.samples.length - other.samples.length)) {
    const samples = family.samples.slice(0, left)
    left -= samples.length
    if (samples.length > 0) kept.set(family, { ...family, samples })
  }
  return snapshots.map(snapshot => {
    const families = snapshot.flatMap(family => kept.get(family) ?? [])
    return { families, dropped: seriesIn(snapshot) - seriesIn(families) }
  })
}

/** All samples of one metric are one group in the text format, whichever database or pooler they are of. */
export function mergeFamilies(snapshots: readonly Snapshot[]): Snapshot {
  const merged = new Map<string, { readonly family: Family; readonly samples: Sample[] }>()
  for (const family of snapshots.flat()) {
    const known = merged.get(family.name)
    if (known) known.samples.push(...family.samples)
    else merged.set(family.name, { family, samples: [...family.samples] })
  }
  return [...merged.values()].map(({ family, samples }) => ({ ...family, samples }))
}

/**
 * Gathers the samples of one collector. They count only when it ends well: half a result would look like a whole one.
 *
 * The same series twice is refused: Prometheus then rejects the scrape as a whole ("duplicate sample for timestamp").
 * Beyond `maxSeries` samples are counted and left out; what a collector gives first, it keeps.
 */
export class FamilyBuilder<M extends MetricTable> {
  readonly #definitions: M
  readonly #families = new Map<string, Sample[]>()
  readonly #seen = new Set<string>()
  readonly #maxSeries: number
  #dropped = 0

  constructor(definitions: M, maxSeries = Number.POSITIVE_INFINITY) {
    this.#definitions = definitions
    this.#maxSeries = maxSeries
  }

  readonly emit: Emit<M> = (name, value, ...rest) => {
    if (value === null) return
    const labels: Readonly<Record<string, string>> = rest[0] ?? {}
    const series = JSON.stringify([name, ...this.#labelNames(name).map(label => labels[label])])
    if (this.#seen.has(series)) throw new Error(`series twice: ${series}`)
    if (this.#seen.size >= this.#maxSeries) {
      this.#dropped += 1
      return
    }
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

  findings(): Findings {
    return { families: this.families(), dropped: this.#dropped }
  }

  #labelNames(name: string): readonly string[] {
    return this.#definitions[name]?.labels ?? []
  }
}
