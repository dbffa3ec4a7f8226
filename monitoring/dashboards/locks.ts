import { max, promql, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { legendOf, line, named, stat, timeSeries } from './panel.ts'
import { selected } from './query.ts'
import { atWorkPanel } from './recurring-panels.ts'

export const locks = (): Dashboard => ({
  uid: 'howdah-locks',
  title: 'Locks and activity',
  description: 'Who waits, for what and for how long, and who holds on to what others need.',
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Blocked sessions',
          description: 'They wait for a lock somebody else holds.',
          unit: 'count',
          lines: [line('pg_blocked_sessions')],
          limits: [{ alert: 'PgBlockedSessions', at: 'blockedSessions' }],
        }),
        stat({
          title: 'Roots',
          description: 'Sessions others wait for and that wait for nobody: ending one lets its chain go on.',
          unit: 'count',
          lines: [line('pg_blocking_root_sessions')],
        }),
        stat({
          title: 'Deepest chain',
          description: 'Sessions that wait in a row behind one.',
          unit: 'count',
          lines: [line('pg_blocking_chain_depth')],
          limits: [{ alert: 'PgBlockingChainDeep', at: 'blockingChainDepth' }],
        }),
        stat({
          title: 'Most behind one',
          description: 'Sessions that would go on if one of them ended.',
          unit: 'count',
          lines: [line('pg_blocking_widest')],
        }),
        stat({
          title: 'A migration blocks',
          description: 'Somebody waits for a session of a migration.',
          unit: 'yesNo',
          lines: [line('pg_blocking_migration')],
          limits: [{ alert: 'PgMigrationBlocking', at: 1 }],
        }),
        stat({
          title: 'Prepared transactions',
          description:
            'Waiting for the second phase of their commit. A forgotten one holds its locks for ever.',
          unit: 'count',
          lines: [line('pg_prepared_xacts_count')],
        }),
      ],
    },
    {
      title: 'Waiting',
      panels: [
        timeSeries({
          title: 'Blocked sessions',
          description: 'Sessions that wait for a lock.',
          unit: 'count',
          lines: [line('pg_blocked_sessions')],
          limits: [{ alert: 'PgBlockedSessions', at: 'blockedSessions' }],
        }),
        timeSeries({
          title: 'Longest wait for a lock',
          description: 'Of any session, for any kind of lock.',
          unit: 'seconds',
          lines: [line('pg_locks_max_wait_seconds')],
          limits: [
            { alert: 'PgMigrationBlocking', at: 'migrationBlockingSeconds' },
            { alert: 'PgBlockedSessions', at: 'lockWaitSeconds' },
            { alert: 'PgBlockingChainDeep', at: 'blockingChainWaitSeconds' },
          ],
        }),
        timeSeries({
          title: 'Waiting, by what the lock is on',
          description:
            'A relation: somebody alters a table. A transactionid or tuple: somebody changes the same row.',
          unit: 'count',
          lines: [line('pg_locks_waiting', 'locktype')],
          stacked: true,
        }),
        timeSeries({
          title: 'Locks held or waited for, by mode',
          description: 'AccessExclusiveLock stops everybody, ShareLock and above stop those who write.',
          unit: 'count',
          lines: [{ expression: sum(selected('pg_locks_count'), 'mode'), legend: legendOf(['mode']) }],
          stacked: true,
        }),
        timeSeries({
          title: 'Lock table in use',
          description:
            'Share of max_locks_per_transaction times max_connections. When it is full, statements of everybody fail.',
          unit: 'ratio',
          lines: [
            {
              expression: promql`${sum(selected('pg_locks_count'))} / (${max(selected('pg_settings_max_locks_per_transaction'))} * ${max(selected('pg_settings_max_connections'))})`,
              legend: '{{instance}}',
            },
          ],
          limits: [{ alert: 'PgLocksExhaustion', at: 'locksUsed' }],
        }),
      ],
    },
    {
      title: 'At work',
      panels: [
        atWorkPanel(),
        timeSeries({
          title: 'At work, by kind of process',
          description: 'Clients, and what the server does by itself.',
          unit: 'count',
          lines: [
            {
              expression: sum(selected('pg_stat_activity_wait_sessions'), 'backend_type'),
              legend: legendOf(['backend_type']),
            },
          ],
          stacked: true,
        }),
      ],
    },
    {
      title: 'Holding on',
      panels: [
        timeSeries({
          title: 'Longest transaction',
          description: 'Until it ends, VACUUM removes no row that died since it began.',
          unit: 'seconds',
          lines: [
            {
              expression: max(selected('pg_stat_activity_max_tx_duration', 'state!="idle"'), 'datname'),
              legend: legendOf(['datname']),
            },
          ],
          limits: [{ alert: 'PgLongTransaction', at: 'longTransactionSeconds' }],
        }),
        timeSeries({
          title: 'Longest idle in a transaction',
          description: 'An application that forgot, or waits for something else with its locks held.',
          unit: 'seconds',
          lines: [line('pg_stat_activity_max_idle_in_transaction_seconds', 'datname')],
          limits: [
            { alert: 'PgIdleInTransaction', at: 'idleInTransactionSeconds' },
            { alert: 'PgIdleInTransactionCritical', at: 'idleInTransactionCriticalSeconds' },
          ],
        }),
        timeSeries({
          title: 'What holds back VACUUM',
          description: 'Transactions since the oldest one whose rows have to be kept, by who asks for it.',
          unit: 'count',
          lines: [line('pg_oldest_xmin_age', 'source')],
          limits: [{ alert: 'PgXminHorizonStuck', at: 'xminAge' }],
        }),
        timeSeries({
          title: 'Oldest long transaction, and prepared one',
          description: 'Without maintenance, dumps and our own sessions.',
          unit: 'seconds',
          lines: [
            named('open', line('pg_long_running_transactions_oldest_timestamp_seconds')),
            named('prepared', line('pg_prepared_xacts_max_age_seconds')),
          ],
        }),
      ],
    },
  ],
})
