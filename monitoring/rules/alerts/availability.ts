import { max, min, over, promql, series, sum } from '../expression.ts'
import type { Alert } from '../rule.ts'
import type { Thresholds } from '../thresholds.ts'

/** The server, the runner that watches it, and the watching itself. */
export const availability = (t: Thresholds): readonly Alert[] => [
  {
    name: 'Watchdog',
    expression: promql`vector(1)`,
    for: '0s',
    severity: 'none',
    summary: 'Alerts are being evaluated and sent.',
    description: 'Always fires. Let a service outside page somebody when it stops arriving.',
    proof: { fires: { series: {}, labels: { job: null, instance: null } }, silent: [], noData: 'fires' },
  },
  {
    name: 'PgDown',
    expression: promql`${max(series('pg_up'))} == 0`,
    for: '1m',
    severity: 'critical',
    summary: 'Postgres behind {{ $labels.instance }} does not answer.',
    description:
      'The runner is up and the server has not answered it for a minute. The log of `howdah serve` has the reason; `howdah doctor` tries the connection step by step.',
    proof: { fires: { series: { pg_up: 0 } }, silent: [{ series: { pg_up: 1 } }], noData: 'silent' },
  },
  {
    name: 'PgTargetAbsent',
    expression: promql`absent(${series('pg_up', 'job="howdah"')})`,
    for: '5m',
    severity: 'critical',
    summary: 'Nobody watches any Postgres.',
    description:
      'No target of the job howdah has reported pg_up for five minutes, so that PgDown could not fire either. Is `howdah serve` running, and does Prometheus find it?',
    proof: {
      fires: { series: { 'pg_up{job="other"}': 1 }, labels: { instance: null } },
      silent: [{ series: { pg_up: 0 } }],
      noData: 'fires',
    },
  },
  {
    name: 'RunnerDown',
    expression: promql`${max(series('up', 'job="howdah"'))} == 0`,
    for: '2m',
    severity: 'critical',
    summary: 'The runner at {{ $labels.instance }} cannot be scraped.',
    description:
      'Prometheus gets no page from `howdah serve` there, so nothing is known of its Postgres. Ask /livez: an answer means the network or the scrape timeout, none means the process.',
    proof: {
      fires: { series: { up: 0 } },
      silent: [{ series: { up: 1 } }, { series: { 'up{job="other"}': 0 } }],
      noData: 'silent',
    },
  },
  {
    name: 'RunnerEventLoopLag',
    expression: promql`${max(series('nodejs_eventloop_lag_p99_seconds', 'job="howdah"'))} > ${t.eventLoopLagSeconds}`,
    for: '10m',
    severity: 'warning',
    summary: 'The runner at {{ $labels.instance }} is short of CPU.',
    description:
      'In one of a hundred cases it comes to its work {{ $value | humanizeDuration }} late, so that durations and timeouts it measures of Postgres are its own. Does the machine or the container give it enough?',
    proof: {
      fires: { series: { nodejs_eventloop_lag_p99_seconds: 0.21 } },
      silent: [
        { series: { nodejs_eventloop_lag_p99_seconds: 0.2 } },
        { series: { 'nodejs_eventloop_lag_p99_seconds{job="other"}': 1 } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgRestarted',
    expression: promql`time() - ${max(series('pg_postmaster_start_time_seconds'))} < ${t.restartedSeconds}`,
    for: '0s',
    severity: 'info',
    summary: 'Postgres behind {{ $labels.instance }} has restarted.',
    description: 'It started {{ $value | humanizeDuration }} ago. Caches are cold; every session was lost.',
    proof: {
      fires: { series: { pg_postmaster_start_time_seconds: 0 }, at: '4m' },
      silent: [{ series: { pg_postmaster_start_time_seconds: 0 }, at: '5m' }],
      noData: 'silent',
    },
  },
  {
    name: 'PgRoleChanged',
    expression: promql`${max(promql`changes(${over(series('pg_replication_is_replica'), '5m')})`)} > 0`,
    for: '0s',
    severity: 'warning',
    summary: 'The server behind {{ $labels.instance }} changed its role.',
    description:
      'Within five minutes it was promoted, or it became a replica. If nobody planned that, look for two primaries first.',
    proof: {
      fires: { series: { pg_replication_is_replica: '1x4 0x100' }, at: '2m' },
      silent: [
        { series: { pg_replication_is_replica: 1 } },
        { series: { pg_replication_is_replica: '1x4 0x100' }, at: '8m' },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgCollectorFailing',
    expression: promql`${min(series('pg_scrape_collector_success'), 'collector', 'datname')} == 0`,
    for: '10m',
    severity: 'warning',
    summary:
      'The collector {{ $labels.collector }} fails at {{ $labels.instance }}{{ with $labels.datname }} in the database {{ . }}{{ end }}.',
    description:
      'Its metrics are missing, and alerts made of them are silent. The log of `howdah serve` has the reason: a privilege, a timeout, a lock.',
    proof: {
      fires: {
        series: {
          'pg_scrape_collector_success{collector="tables",datname="shop"}': 0,
          'pg_scrape_collector_success{collector="tables",datname="blog"}': 1,
          'pg_scrape_collector_success{collector="instance",datname=""}': 1,
        },
        labels: { collector: 'tables', datname: 'shop' },
      },
      silent: [{ series: { 'pg_scrape_collector_success{collector="activity"}': 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgScrapeSlow',
    expression: promql`${max(series('pg_exporter_last_scrape_duration_seconds'))} > ${t.scrapeSlowSeconds}`,
    for: '10m',
    severity: 'warning',
    summary: 'Scrapes take long at {{ $labels.instance }}.',
    description:
      'The last one took {{ $value | humanizeDuration }}. pg_scrape_collector_duration_seconds tells which collector; beyond --scrape-timeout-ms its metrics go missing.',
    proof: {
      fires: { series: { pg_exporter_last_scrape_duration_seconds: 2.6 } },
      silent: [{ series: { pg_exporter_last_scrape_duration_seconds: 2.5 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgSeriesDropped',
    expression: promql`${sum(promql`increase(${over(series('pg_scrape_series_dropped_total'), '1h')})`, 'collector')} > 0`,
    for: '0s',
    severity: 'info',
    summary: 'The collector {{ $labels.collector }} found more series than it may give.',
    description: 'What is beyond its limit at {{ $labels.instance }} is not monitored.',
    proof: {
      fires: {
        series: { 'pg_scrape_series_dropped_total{collector="tables"}': '0x4 1x100' },
        at: '5m',
        labels: { collector: 'tables' },
      },
      silent: [{ series: { 'pg_scrape_series_dropped_total{collector="tables"}': 7 }, at: '5m' }],
      noData: 'silent',
    },
  },
]
