import { max, promql, type SeriesName, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { line, ratio, stat, timeSeries } from './panel.ts'
import { perSecond, selected } from './query.ts'

const DATABASE = ['pooler', 'database'] as const
const DATABASE_LEGEND = '{{pooler}} {{database}}'

const rate = (metric: SeriesName) => sum(perSecond(selected(metric)), ...DATABASE)

export const pooler = (): Dashboard => ({
  uid: 'howdah-pgbouncer',
  title: 'PgBouncer',
  description: 'Clients, the connections they share, and who waits for one. Needs HOWDAH_POOLER_ADMIN_URLS.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Answers',
          description: 'Whether the console answered the last scrape.',
          unit: 'yesNo',
          lines: [{ ...line('pgbouncer_up', 'pooler'), legend: '{{pooler}}' }],
          limits: [{ alert: 'PgBouncerDown', at: 0 }],
        }),
        stat({
          title: 'Clients against the limit',
          description: 'Of max_client_conn; at 1 clients are refused.',
          unit: 'ratio',
          lines: [
            {
              expression: promql`(${sum(selected('pgbouncer_pools_client_active_connections'), 'pooler')} + ${sum(selected('pgbouncer_pools_client_waiting_connections'), 'pooler')}) / ${max(selected('pgbouncer_config_max_client_connections'), 'pooler')}`,
              legend: '{{pooler}}',
            },
          ],
          limits: [{ alert: 'PgBouncerClientLimit', at: 'poolerClients' }],
        }),
        stat({
          title: 'Paused',
          description: 'Databases nobody gets into until RESUME.',
          unit: 'yesNo',
          lines: [
            {
              expression: max(selected('pgbouncer_databases_paused'), 'pooler', 'name'),
              legend: '{{pooler}} {{name}}',
            },
          ],
          limits: [{ alert: 'PgBouncerDatabasePaused', at: 1 }],
        }),
        stat({
          title: 'Disabled',
          description: 'Databases that refuse clients until ENABLE.',
          unit: 'yesNo',
          lines: [
            {
              expression: max(selected('pgbouncer_databases_disabled'), 'pooler', 'name'),
              legend: '{{pooler}} {{name}}',
            },
          ],
          limits: [{ alert: 'PgBouncerDatabasePaused', at: 1 }],
        }),
        stat({
          title: 'Version',
          description: 'Of PgBouncer, as its console says it.',
          unit: 'count',
          namesOnly: true,
          lines: [
            {
              expression: max(selected('pgbouncer_version_info'), 'pooler', 'version'),
              legend: '{{pooler}} {{version}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Waiting',
      panels: [
        timeSeries({
          title: 'Clients that wait',
          description:
            'For a connection of their pool. Long transactions hold them, or the pool is too small.',
          unit: 'count',
          lines: [
            {
              expression: sum(selected('pgbouncer_pools_client_waiting_connections'), ...DATABASE),
              legend: DATABASE_LEGEND,
            },
          ],
          limits: [{ alert: 'PgBouncerClientsWaiting' }, { alert: 'PgBouncerClientsWaitingCritical' }],
        }),
        timeSeries({
          title: 'Longest wait',
          description: 'Of the client at the head of the queue.',
          unit: 'seconds',
          lines: [
            {
              expression: max(selected('pgbouncer_pools_client_maxwait_seconds'), ...DATABASE),
              legend: DATABASE_LEGEND,
            },
          ],
          limits: [
            { alert: 'PgBouncerClientsWaiting', at: 'poolerWaitSeconds' },
            { alert: 'PgBouncerClientsWaitingCritical', at: 'poolerWaitCriticalSeconds' },
          ],
        }),
        timeSeries({
          title: 'Connections in use',
          description: 'Of the size of each pool; above 1 the reserve is in use.',
          unit: 'ratio',
          lines: [
            {
              expression: max(selected('pgbouncer_pool_saturation_ratio'), ...DATABASE, 'user'),
              legend: `${DATABASE_LEGEND} {{user}}`,
            },
          ],
          limits: [{ alert: 'PgBouncerPoolSaturated', at: 'poolSaturation' }],
        }),
        timeSeries({
          title: 'Time spent waiting',
          description: 'Seconds in each second, of all clients together.',
          unit: 'secondsPerSecond',
          lines: [
            { expression: rate('pgbouncer_stats_totals_client_wait_seconds_total'), legend: DATABASE_LEGEND },
          ],
        }),
      ],
    },
    {
      title: 'Work',
      panels: [
        timeSeries({
          title: 'Transactions and queries',
          description: 'As clients sent them through the pooler.',
          unit: 'perSecond',
          lines: [
            {
              expression: rate('pgbouncer_stats_totals_sql_transactions_pooled_total'),
              legend: `transactions ${DATABASE_LEGEND}`,
            },
            {
              expression: rate('pgbouncer_stats_totals_queries_pooled_total'),
              legend: `queries ${DATABASE_LEGEND}`,
            },
          ],
        }),
        timeSeries({
          title: 'Time per query',
          description: 'Between PgBouncer and Postgres, without the wait for a connection.',
          unit: 'seconds',
          lines: [
            {
              expression: ratio(
                rate('pgbouncer_stats_totals_queries_duration_seconds_total'),
                rate('pgbouncer_stats_totals_queries_pooled_total'),
              ),
              legend: DATABASE_LEGEND,
            },
          ],
        }),
        timeSeries({
          title: 'Connections to Postgres, by what they do',
          description: 'Active ones serve a client, idle ones are ready for one.',
          unit: 'count',
          lines: (
            [
              ['active', 'pgbouncer_pools_server_active_connections'],
              ['idle', 'pgbouncer_pools_server_idle_connections'],
              ['used', 'pgbouncer_pools_server_used_connections'],
              ['logging in', 'pgbouncer_pools_server_login_connections'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(selected(metric), 'pooler'),
            legend: `${name} {{pooler}}`,
          })),
          stacked: true,
        }),
        timeSeries({
          title: 'Traffic',
          description: 'From clients and to them.',
          unit: 'bytesPerSecond',
          lines: [
            {
              expression: rate('pgbouncer_stats_totals_received_bytes_total'),
              legend: `received ${DATABASE_LEGEND}`,
            },
            {
              expression: rate('pgbouncer_stats_totals_sent_bytes_total'),
              legend: `sent ${DATABASE_LEGEND}`,
            },
          ],
        }),
      ],
    },
  ],
})
