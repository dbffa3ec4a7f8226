import { counter, gauge } from './exposition/metric.ts'

const IN_DATABASE = ['collector', 'datname'] as const

/** What the exporter says of its own work; there is always a value, also while the database is away. */
export const EXPORTER_METRICS = {
  pg_up: gauge('1 when the server answered in this scrape, 0 when it did not.'),
  pg_scrape_collector_success: gauge(
    '1 when the last run of the collector succeeded; datname is empty for what is asked once for the whole server.',
    IN_DATABASE,
  ),
  pg_scrape_collector_pending: gauge(
    '1 while the collector has not had its first turn, a minute at most: neither success nor failure is known, and what it measures is missing.',
    IN_DATABASE,
  ),
  pg_scrape_collector_duration_seconds: gauge('How long the last run of the collector took.', IN_DATABASE),
  pg_scrape_collector_last_success_timestamp_seconds: gauge(
    'When the collector last succeeded, as Unix time; absent before that.',
    IN_DATABASE,
  ),
  pg_scrape_collector_cache_age_seconds: gauge(
    'How old the samples of a collector are that is not asked on every scrape; absent while it has none.',
    IN_DATABASE,
  ),
  pg_scrape_collector_timeouts_total: counter('Runs that were ended because they took too long.', [
    'collector',
  ]),
  pg_scrape_collector_skipped_total: counter(
    'Runs that were due and not begun: no time was left (deadline), or less than it is known to take (no_room).',
    ['collector', 'reason'],
  ),
  pg_scrape_series: gauge('Series of the collector on this page, of all databases.', ['collector']),
  pg_scrape_series_dropped_total: counter(
    'Series left out because a collector, or all of them together, found more than they may have.',
    ['collector'],
  ),
  pg_scrape_databases: gauge('Databases that are watched.'),
  pg_scrape_databases_left_out: gauge(
    'Databases asked for and not watched: templates, or too many for auto.',
  ),
  pg_exporter_last_scrape_error: gauge('1 when anything failed in this scrape.'),
  pg_exporter_last_scrape_duration_seconds: gauge('How long this scrape took.'),
  pg_exporter_scrapes_total: counter('Collections from the database since the exporter started.'),
  howdah_build_info: gauge('Version of Howdah, as label; the value is always 1.', ['version']),
} as const
