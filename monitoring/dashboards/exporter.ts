import { max, over, promql, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { legendOf, line, stat, table, timeSeries } from './panel.ts'
import { perSecond, selected } from './query.ts'

export const exporter = (): Dashboard => ({
  uid: 'howdah-exporter',
  title: 'The exporter itself',
  description: '`howdah serve`: whether what the other dashboards show can be trusted, and what it costs.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Collectors that fail',
          description: 'Their metrics are missing, and alerts made of them are silent.',
          unit: 'count',
          lines: [
            {
              expression: promql`count by (job, instance) (${selected('pg_scrape_collector_success')} == 0) or ${max(selected('pg_up'))} * 0`,
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgCollectorFailing' }],
        }),
        stat({
          title: 'Anything failed',
          description: 'In the last scrape.',
          unit: 'yesNo',
          lines: [line('pg_exporter_last_scrape_error')],
        }),
        stat({
          title: 'Series',
          description: 'On the page that Prometheus got.',
          unit: 'count',
          lines: [line('scrape_samples_scraped')],
        }),
        stat({
          title: 'Version',
          description: 'Of `howdah serve`, as it says itself.',
          unit: 'count',
          namesOnly: true,
          lines: [
            { expression: max(selected('howdah_build_info'), 'version'), legend: '{{instance}} {{version}}' },
          ],
        }),
      ],
    },
    {
      title: 'Collectors',
      panels: [
        timeSeries({
          title: 'Duration of a scrape',
          description: 'Of all collectors that were asked.',
          unit: 'seconds',
          lines: [line('pg_exporter_last_scrape_duration_seconds')],
          limits: [{ alert: 'PgScrapeSlow', at: 'scrapeSlowSeconds' }],
        }),
        timeSeries({
          title: 'Slowest collectors',
          description:
            'Their last run. What is too costly for every scrape is asked every 30 s or 5 minutes.',
          unit: 'seconds',
          lines: [
            {
              expression: promql`topk(10, ${max(selected('pg_scrape_collector_duration_seconds'), 'collector')})`,
              legend: legendOf(['collector']),
            },
          ],
        }),
        table({
          title: 'Collectors',
          description:
            'The log of `howdah serve` has the reason of a failure. Without an age, a collector is asked at every scrape.',
          labels: ['instance', 'collector'],
          columns: [
            {
              title: 'Succeeded',
              unit: 'yesNo',
              expression: max(selected('pg_scrape_collector_success'), 'collector'),
              limits: [{ alert: 'PgCollectorFailing', at: 0 }],
            },
            {
              title: 'Took',
              unit: 'seconds',
              expression: max(selected('pg_scrape_collector_duration_seconds'), 'collector'),
            },
            {
              title: 'Age',
              unit: 'seconds',
              expression: max(selected('pg_scrape_collector_cache_age_seconds'), 'collector'),
            },
          ],
          sortedBy: 'Took',
        }),
        timeSeries({
          title: 'Series left out, within an hour',
          description: 'What is beyond the limit of a collector is not monitored.',
          unit: 'count',
          lines: [
            {
              expression: sum(
                promql`increase(${over(selected('pg_scrape_series_dropped_total'), '1h')})`,
                'collector',
              ),
              legend: legendOf(['collector']),
            },
          ],
          limits: [{ alert: 'PgSeriesDropped', at: 0 }],
        }),
        timeSeries({
          title: 'Scrapes of the database',
          description: 'Those that run at the same time share one.',
          unit: 'perSecond',
          lines: [
            { expression: sum(perSecond(selected('pg_exporter_scrapes_total'))), legend: '{{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Process',
      panels: [
        timeSeries({
          title: 'Memory',
          description: 'Resident, and the part of it that JavaScript uses.',
          unit: 'bytes',
          lines: [
            { expression: max(selected('process_resident_memory_bytes')), legend: 'resident {{instance}}' },
            { expression: max(selected('nodejs_heap_size_used_bytes')), legend: 'heap {{instance}}' },
          ],
        }),
        timeSeries({
          title: 'CPU',
          description: 'Seconds in each second.',
          unit: 'secondsPerSecond',
          lines: [
            { expression: sum(perSecond(selected('process_cpu_seconds_total'))), legend: '{{instance}}' },
          ],
        }),
        timeSeries({
          title: 'Event loop, 99th percentile',
          description: 'How late the process got to its work since the scrape before.',
          unit: 'seconds',
          lines: [line('nodejs_eventloop_lag_p99_seconds')],
          limits: [{ alert: 'RunnerEventLoopLag', at: 'eventLoopLagSeconds' }],
        }),
        timeSeries({
          title: 'Open files',
          description: 'Connections included; a steady rise is a leak.',
          unit: 'count',
          lines: [line('process_open_fds')],
        }),
      ],
    },
  ],
})
