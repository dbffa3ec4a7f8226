import { counter, gauge } from './metric.ts'

/** What the exporter says of its own work; there is always a value, also while the database is away. */
export const EXPORTER_METRICS = {
  pg_up: gauge('1 when the server answered in this scrape, 0 when it did not.'),
  pg_scrape_collector_success: gauge('1 when the last run of the collector succeeded.', ['collector']),
  pg_scrape_collector_duration_seconds: gauge('How long the last run of the collector took.', ['collector']),
  pg_scrape_collector_cache_age_seconds: gauge(
    'How old the samples of a collector are that is not asked on every scrape; absent while it has none.',
    ['collector'],
  ),
  pg_scrape_series_dropped_total: counter(
    'Series left out because the collector found more than it may have.',
    ['collector'],
  ),
  pg_exporter_last_scrape_error: gauge('1 when anything failed in this scrape.'),
  pg_exporter_last_scrape_duration_seconds: gauge('How long this scrape took.'),
  pg_exporter_scrapes_total: counter('Collections from the database since the exporter started.'),
  howdah_build_info: gauge('Version of Howdah, as label; the value is always 1.', ['version']),
} as const
