import type { Sample } from './snapshot.ts'

/** Counts values by upper bounds, as Prometheus wants them: each bucket has everything that is no larger. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #count = 0
  #sum = 0

  /** @param bounds rising; the one without a limit is added */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#count += 1
    this.#sum += value
    for (const [index, bound] of this.#bounds.entries())
      if (value <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** Its series at this moment, all of them from the beginning on. */
  samples(labels: Readonly<Record<string, string>>): readonly Sample[] {
    const bucket = (le: string, value: number): Sample => ({
      suffix: '_bucket',
      labels: { ...labels, le },
      value,
    })
    return [
      ...this.#bounds.map((bound, index) => bucket(`${bound}`, this.#counts[index] ?? 0)),
      bucket('+Inf', this.#count),
      { suffix: '_sum', labels, value: this.#sum },
      { suffix: '_count', labels, value: this.#count },
    ]
  }
}
