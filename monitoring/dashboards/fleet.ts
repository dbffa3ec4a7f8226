import { max, promql, series, sum } from '../rules/expression.ts'
import { CONNECTIONS_RATIO, DISK_USED_RATIO, TRANSACTIONS_RATE } from '../rules/recordings.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { line, stat, table, timeSeries } from './panel.ts'
import { moment, recorded, selected } from './query.ts'
import { connectionsPanel, lagPanel } from './recurring-panels.ts'

/** Only ours: a Prometheus may have other systems to watch. */
const OURS = 'alertname=~"Pg.+|Runner.+",alertstate="firing"'

export const fleet = (): Dashboard => ({
  uid: 'howdah-fleet',
  title: 'Fleet',
  description: 'Every server in one line, and what fires.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Servers that answer',
          description: 'Out of those the runners watch.',
          unit: 'count',
          lines: [{ expression: promql`sum(${selected('pg_up')})`, legend: 'answer' }],
        }),
        stat({
          title: 'Servers that do not',
          description: 'The runner is there and its Postgres does not answer it.',
          unit: 'count',
          lines: [{ expression: promql`count(${selected('pg_up')} == 0) or vector(0)`, legend: 'away' }],
          limits: [{ alert: 'PgDown' }],
        }),
        stat({
          title: 'Runners away',
          description: 'Nothing is known of their servers.',
          unit: 'count',
          lines: [
            {
              expression: promql`count(${series('up', 'job=~"$job"')} == 0) or vector(0)`,
              legend: 'away',
            },
          ],
          limits: [{ alert: 'RunnerDown' }, { alert: 'PgTargetAbsent' }],
        }),
        stat({
          title: 'Critical alerts',
          description: 'Conditions that hold for as long as their rule asks for, of any target.',
          unit: 'count',
          lines: [
            {
              expression: promql`count(${series('ALERTS', `${OURS},severity="critical"`)}) or vector(0)`,
              legend: 'firing',
            },
          ],
        }),
        stat({
          title: 'Warnings',
          description: 'The same for those that wait until working hours.',
          unit: 'count',
          lines: [
            {
              expression: promql`count(${series('ALERTS', `${OURS},severity="warning"`)}) or vector(0)`,
              legend: 'firing',
            },
          ],
        }),
        stat({
          title: 'Rules are evaluated',
          description: 'The heartbeat of alerting. Without it, no other alert on this page can fire.',
          unit: 'yesNo',
          lines: [
            {
              expression: promql`max(${series('ALERTS', 'alertname="Watchdog",alertstate="firing"')}) or vector(0)`,
              legend: 'Watchdog',
            },
          ],
          limits: [{ alert: 'Watchdog' }],
        }),
      ],
    },
    {
      title: 'Servers',
      panels: [
        table({
          title: 'Servers',
          description:
            'One line each; the name leads to the server by itself. A cell without a value has no metric.',
          labels: ['instance'],
          columns: [
            {
              title: 'Up',
              unit: 'yesNo',
              expression: max(selected('pg_up')),
              limits: [{ alert: 'PgDown', at: 0 }],
            },
            { title: 'Replica', unit: 'yesNo', expression: max(selected('pg_replication_is_replica')) },
            {
              title: 'Connections',
              unit: 'ratio',
              expression: recorded(CONNECTIONS_RATIO),
              limits: [
                { alert: 'PgConnectionsHigh', at: 'connectionsHigh' },
                { alert: 'PgConnectionsExhausted', at: 'connectionsExhausted' },
              ],
            },
            { title: 'Transactions', unit: 'perSecond', expression: sum(recorded(TRANSACTIONS_RATE)) },
            {
              title: 'Lag',
              unit: 'seconds',
              expression: max(selected('pg_replication_lag_seconds')),
              limits: [
                { alert: 'PgReplicationLagHigh', at: 'replicationLagSeconds' },
                { alert: 'PgReplicationLagCritical', at: 'replicationLagCriticalSeconds' },
              ],
            },
            {
              title: 'Blocked',
              unit: 'count',
              expression: max(selected('pg_blocked_sessions')),
              limits: [{ alert: 'PgBlockedSessions', at: 'blockedSessions' }],
            },
            {
              title: 'Longest transaction',
              unit: 'seconds',
              expression: max(selected('pg_stat_activity_max_tx_duration', 'state!="idle"')),
              limits: [{ alert: 'PgLongTransaction', at: 'longTransactionSeconds' }],
            },
            {
              title: 'Pending',
              unit: 'count',
              expression: sum(selected('howdah_migrations_pending')),
              limits: [{ alert: 'PgMigrationPendingLong', at: 0 }],
            },
            {
              title: 'Failed',
              unit: 'count',
              expression: sum(selected('howdah_migrations_failed')),
              limits: [{ alert: 'PgMigrationFailed', at: 0 }],
            },
            { title: 'Size', unit: 'bytes', expression: sum(selected('pg_database_size_bytes')) },
            {
              title: 'Disk',
              unit: 'ratio',
              expression: max(recorded(DISK_USED_RATIO)),
              limits: [
                { alert: 'PgDiskHigh', at: 'diskUsed' },
                { alert: 'PgDiskCritical', at: 'diskUsedCritical' },
              ],
            },
            {
              title: 'Started',
              unit: 'moment',
              expression: moment(max(selected('pg_postmaster_start_time_seconds'))),
            },
            {
              title: 'Last backup',
              unit: 'moment',
              expression: moment(max(selected('howdah_backup_last_success_timestamp_seconds'))),
            },
          ],
        }),
        table({
          title: 'Firing alerts',
          description: 'What each says, and what to do about it, is in its runbook.',
          labels: ['alertname', 'severity', 'instance'],
          columns: [
            {
              title: 'Firing',
              unit: 'count',
              expression: promql`count by (alertname, severity, instance) (${series('ALERTS', OURS)})`,
            },
          ],
          sortedBy: 'severity',
        }),
      ],
    },
    {
      title: 'Over time',
      panels: [
        timeSeries({
          title: 'Runners that can be scraped',
          description: 'Whether Prometheus got a page. 0 is a runner that is down, or a network in between.',
          unit: 'yesNo',
          lines: [{ ...line('up'), expression: max(series('up', 'job=~"$job",instance=~"$instance"')) }],
          limits: [{ alert: 'RunnerDown', at: 0 }],
          most: 1,
        }),
        connectionsPanel(),
        timeSeries({
          title: 'Transactions',
          description: 'Committed and rolled back, all databases together.',
          unit: 'perSecond',
          lines: [{ expression: sum(recorded(TRANSACTIONS_RATE)), legend: '{{instance}}' }],
        }),
        lagPanel(),
      ],
    },
  ],
})
