import type { MetricName } from '../catalogue.ts'
import type { Sample, Snapshot } from '../exposition/snapshot.ts'

/** Of backups and their verification; read by name, whoever measures them. */
export type BackupMetricName =
  | 'howdah_backup_last_success_timestamp_seconds'
  | 'howdah_backup_last_status'
  | 'howdah_backup_last_verified_timestamp_seconds'

type ReadableName = MetricName | BackupMetricName
type Where = (labels: Sample['labels']) => boolean

const EVERYWHERE: Where = () => true

/** A snapshot, asked by name. What has no sample is `undefined`, never 0. */
export class Readings {
  readonly #samples: ReadonlyMap<string, readonly Sample[]>

  constructor(snapshot: Snapshot) {
    const samples = new Map<string, readonly Sample[]>()
    for (const family of snapshot)
      samples.set(family.name, [...(samples.get(family.name) ?? []), ...family.samples])
    this.#samples = samples
  }

  all(name: ReadableName, where = EVERYWHERE): readonly Sample[] {
    return (this.#samples.get(name) ?? []).filter(({ labels }) => where(labels))
  }

  max(name: ReadableName, where?: Where): number | undefined {
    const values = this.all(name, where).map(({ value }) => value)
    return values.length > 0 ? values.reduce((one, other) => Math.max(one, other)) : undefined
  }

  sum(name: ReadableName, where?: Where): number | undefined {
    const values = this.all(name, where).map(({ value }) => value)
    return values.length > 0 ? values.reduce((one, other) => one + other) : undefined
  }

  /** The highest for each combination of these labels, as `max by` is in PromQL. */
  maxBy(name: ReadableName, by: readonly string[], where?: Where): readonly Sample[] {
    const highest = new Map<string, Sample>()
    for (const { labels, value } of this.all(name, where)) {
      const kept = Object.fromEntries(by.map(label => [label, labels[label] ?? '']))
      const key = JSON.stringify(kept)
      const before = highest.get(key)
      if (!before || before.value < value) highest.set(key, { labels: kept, value })
    }
    return [...highest.values()]
  }
}

/** Samples of this database. */
export const ofDatabase =
  (datname: string): Where =>
  labels =>
    labels.datname === datname
