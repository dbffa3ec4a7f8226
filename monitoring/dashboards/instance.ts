import { exactIncrease, max, promql, series, sum } from '../rules/expression.ts'
import { CACHE_HIT_RATIO, ROLLBACK_RATIO, TRANSACTIONS_RATE } from '../rules/recordings.ts'
import { activityRow } from './activity-row.ts'
import { diskRow } from './disk-row.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { legendOf, line, stat, timeSeries } from './panel.ts'
import { moment, perSecond, recorded, selected } from './query.ts'
import { rdsRow } from './rds-row.ts'
import { connectionsPanel } from './recurring-panels.ts'
import { settingsRow } from './settings-row.ts'
import { sloRow } from './slo-row.ts'
import { upkeepRow } from './upkeep-row.ts'
import { walRow } from './wal-row.ts'

export const instance = (): Dashboard => ({
  uid: 'howdah-instance',
  title: 'Instance',
  description: 'One server from top to bottom. Choose an instance: several at once are hard to read.',
  rows: [
    {
      title: 'Availability',
      panels: [
        stat({
          title: 'Answers',
          description: 'Whether the server answered the last scrape.',
          unit: 'yesNo',
          lines: [line('pg_up')],
          limits: [{ alert: 'PgDown', at: 0 }],
        }),
        stat({
          title: 'Runs for',
          description: 'Time since the server started. Caches are cold at first, and every session was lost.',
          unit: 'seconds',
          lines: [
            {
              expression: promql`time() - ${max(selected('pg_postmaster_start_time_seconds'))}`,
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgRestarted', at: 'restartedSeconds' }],
        }),
        stat({
          title: 'Is a replica',
          description: 'It follows another server. A change that nobody planned may have left two primaries.',
          unit: 'yesNo',
          lines: [line('pg_replication_is_replica')],
          limits: [{ alert: 'PgRoleChanged' }],
        }),
        stat({
          title: 'Version',
          description: 'Major and minor version of the server.',
          namesOnly: true,
          unit: 'count',
          lines: [{ expression: max(selected('pg_static'), 'short_version'), legend: '{{short_version}}' }],
        }),
        stat({
          title: 'Configuration loaded',
          description: 'When the server last read its configuration.',
          unit: 'moment',
          lines: [
            { expression: moment(max(selected('pg_config_load_time_seconds'))), legend: '{{instance}}' },
          ],
        }),
        stat({
          title: 'Firing alerts',
          description: 'Of the chosen instances.',
          unit: 'count',
          lines: [
            {
              expression: promql`count(${series('ALERTS', 'alertstate="firing",severity!="none",instance=~"$instance"')}) or vector(0)`,
              legend: 'firing',
            },
          ],
        }),
      ],
    },
    sloRow(),
    {
      title: 'Load',
      panels: [
        timeSeries({
          title: 'Transactions',
          description: 'Committed and rolled back, over five minutes.',
          unit: 'perSecond',
          lines: [{ expression: recorded(TRANSACTIONS_RATE), legend: legendOf(['datname']) }],
        }),
        timeSeries({
          title: 'Rolled back',
          description:
            'Share of the transactions. Errors and deadlocks end in one, and so do applications that test.',
          unit: 'ratio',
          lines: [{ expression: recorded(ROLLBACK_RATIO), legend: legendOf(['datname']) }],
          limits: [{ alert: 'PgRollbackRatio', at: 'rollbackRatio' }],
          most: 1,
        }),
        timeSeries({
          title: 'Rows',
          description: 'What statements did with rows, all databases together.',
          unit: 'perSecond',
          lines: (
            [
              ['inserted', 'pg_stat_database_tup_inserted'],
              ['updated', 'pg_stat_database_tup_updated'],
              ['deleted', 'pg_stat_database_tup_deleted'],
              ['fetched', 'pg_stat_database_tup_fetched'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric))),
            legend: `${name} {{instance}}`,
          })),
        }),
        timeSeries({
          title: 'Deadlocks within ten minutes',
          description: 'Each cost somebody a transaction.',
          unit: 'count',
          lines: [
            {
              expression: sum(exactIncrease(selected('pg_stat_database_deadlocks'), '10m'), 'datname'),
              legend: legendOf(['datname']),
            },
          ],
          limits: [{ alert: 'PgDeadlocks', at: 'deadlocks' }],
        }),
      ],
    },
    {
      title: 'Connections',
      panels: [
        timeSeries({
          title: 'Sessions by state',
          description: 'Idle ones cost memory; idle in transaction they also hold locks and keep dead rows.',
          unit: 'count',
          lines: [
            { expression: sum(selected('pg_stat_activity_count'), 'state'), legend: legendOf(['state']) },
          ],
          stacked: true,
        }),
        connectionsPanel(),
        timeSeries({
          title: 'Sessions begun, and ended badly',
          description:
            'Many begun sessions are a client without a pool. Lost, failed and killed ones should be none.',
          unit: 'perSecond',
          lines: (
            [
              ['begun', 'pg_stat_database_sessions_total'],
              ['client lost', 'pg_stat_database_sessions_abandoned_total'],
              ['fatal error', 'pg_stat_database_sessions_fatal_total'],
              ['killed', 'pg_stat_database_sessions_killed_total'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric))),
            legend: `${name} {{instance}}`,
          })),
        }),
        timeSeries({
          title: 'Sessions busy on average',
          description: 'Seconds spent in each second: running statements, or idle inside a transaction.',
          unit: 'secondsPerSecond',
          lines: (
            [
              ['running', 'pg_stat_database_active_time_seconds_total'],
              ['idle in transaction', 'pg_stat_database_idle_in_transaction_time_seconds_total'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric))),
            legend: `${name} {{instance}}`,
          })),
        }),
      ],
    },
    activityRow(),
    {
      title: 'Memory and I/O',
      panels: [
        timeSeries({
          title: 'Found in shared buffers',
          description:
            'Share of the blocks. What is not found may still be in the memory of the operating system.',
          unit: 'ratio',
          lines: [{ expression: recorded(CACHE_HIT_RATIO), legend: legendOf(['datname']) }],
          limits: [{ alert: 'PgCacheHitRatioLow', at: 'cacheHitRatio' }],
          most: 1,
        }),
        timeSeries({
          title: 'Temporary files',
          description: 'Sorts and hashes that did not fit into work_mem.',
          unit: 'bytesPerSecond',
          lines: [
            {
              expression: sum(perSecond(selected('pg_stat_database_temp_bytes')), 'datname'),
              legend: legendOf(['datname']),
            },
          ],
          limits: [{ alert: 'PgTempFilesHigh', at: 'temporaryBytes' }],
        }),
        timeSeries({
          title: 'Read and written by context',
          description:
            'From Postgres 16 on. A bulk read or a vacuum goes round the cache; normal is everything else.',
          unit: 'bytesPerSecond',
          lines: (
            [
              ['read', 'pg_stat_io_read_bytes_total'],
              ['written', 'pg_stat_io_write_bytes_total'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric)), 'context'),
            legend: `${name} {{context}} {{instance}}`,
          })),
        }),
      ],
    },
    walRow(),
    diskRow(),
    upkeepRow(),
    settingsRow(),
    rdsRow(),
  ],
})
