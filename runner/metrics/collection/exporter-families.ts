import { EXPORTER_METRICS } from '../exporter-metrics.ts'
import { FamilyBuilder, type Snapshot, seriesIn } from '../exposition/snapshot.ts'
import { type CollectorCounters, SKIP_REASONS } from './collector-counters.ts'
import type { CollectorOutcome } from './run-collector.ts'

/** How a collector ended in one database. */
export interface DatabaseOutcome extends CollectorOutcome {
  /** Empty for a collector that tells of the whole instance, which to Prometheus is the same as no label. */
  readonly datname: string
}

export interface ExporterState {
  readonly version: string
  readonly up: boolean
  /** How many collections there were, this one included. */
  readonly count: number
  readonly durationMs: number
  readonly outcomes: readonly DatabaseOutcome[]
  readonly counters: CollectorCounters
  readonly databases: { readonly watched: number; readonly leftOut: number }
  readonly succeededAt: readonly {
    readonly name: string
    readonly datname: string
    readonly seconds: number
  }[]
}

/** What the exporter says of its own work. */
export function exporterFamilies(state: ExporterState): Snapshot {
  const { up, outcomes, counters } = state
  const own = new FamilyBuilder(EXPORTER_METRICS)
  const { emit } = own
  emit('pg_up', up ? 1 : 0)
  emit('howdah_build_info', 1, { version: state.version })
  emit('pg_exporter_scrapes_total', state.count)
  const failed = !up || outcomes.some(({ failure }) => failure !== undefined)
  emit('pg_exporter_last_scrape_error', failed ? 1 : 0)
  emit('pg_exporter_last_scrape_duration_seconds', state.durationMs / 1000)
  emit('pg_scrape_databases', state.databases.watched)
  emit('pg_scrape_databases_left_out', state.databases.leftOut)
  for (const [collector, { dropped, timeouts, skipped }] of counters.all) {
    emit('pg_scrape_series_dropped_total', dropped, { collector })
    emit('pg_scrape_collector_timeouts_total', timeouts, { collector })
    for (const reason of SKIP_REASONS)
      emit('pg_scrape_collector_skipped_total', skipped[reason], { collector, reason })
  }
  for (const { name: collector, datname, seconds } of state.succeededAt)
    emit('pg_scrape_collector_last_success_timestamp_seconds', seconds, { collector, datname })
  const series = new Map<string, number>()
  for (const { name: collector, datname, durationMs, failure, pending, ageMs, families } of outcomes) {
    const labels = { collector, datname }
    emit('pg_scrape_collector_pending', pending ? 1 : null, labels)
    if (pending) continue
    emit('pg_scrape_collector_success', failure === undefined ? 1 : 0, labels)
    emit('pg_scrape_collector_duration_seconds', durationMs / 1000, labels)
    emit('pg_scrape_collector_cache_age_seconds', ageMs === undefined ? null : ageMs / 1000, labels)
    series.set(collector, (series.get(collector) ?? 0) + seriesIn(families))
  }
  for (const [collector, count] of series) emit('pg_scrape_series', count, { collector })
  return own.families()
}
