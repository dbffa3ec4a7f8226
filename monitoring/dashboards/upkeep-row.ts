import { max, promql, sum } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, named, ratio, timeSeries } from './panel.ts'
import { largest, perSecond, selected } from './query.ts'

const KIND = ['cluster', 'type'] as const

/** What has to go on unseen: VACUUM, backups. And what the server is busy with. */
export const upkeepRow = (): Row => ({
  title: 'Statements and upkeep',
  panels: [
    timeSeries({
      title: 'Statements that take most time',
      description:
        'Seconds in each second, the five leading ones. pg_stat_statements has the text of a queryid.',
      unit: 'secondsPerSecond',
      lines: [
        {
          expression: largest(
            5,
            sum(perSecond(selected('pg_stat_statements_seconds_total')), 'datname', 'queryid'),
          ),
          legend: legendOf(['datname', 'queryid']),
        },
      ],
    }),
    timeSeries({
      title: 'Dead rows',
      description: 'Share of all rows of each database, as the server estimates.',
      unit: 'ratio',
      lines: [
        {
          expression: ratio(
            sum(selected('pg_stat_user_tables_n_dead_tup'), 'datname'),
            promql`(${sum(selected('pg_stat_user_tables_n_dead_tup'), 'datname')} + ${sum(selected('pg_stat_user_tables_n_live_tup'), 'datname')})`,
          ),
          legend: legendOf(['datname']),
        },
      ],
      limits: [{ alert: 'PgDeadTuples' }],
      most: 1,
    }),
    timeSeries({
      title: 'Autovacuum workers',
      description: 'At work, and how many there can be. All of them for long: it does not keep up.',
      unit: 'count',
      lines: [
        named('at work', line('pg_autovacuum_workers_running')),
        named('at most', line('pg_autovacuum_workers_max')),
      ],
      limits: [{ alert: 'PgAutovacuumBehind' }],
      width: 8,
    }),
    timeSeries({
      title: 'Age against autovacuum_freeze_max_age',
      description: 'From 1 on autovacuum freezes whatever it is told.',
      unit: 'ratio',
      lines: [line('pg_autovacuum_freeze_max_age_ratio', 'datname')],
      limits: [
        { alert: 'PgFreezeOverdue', at: 'freezeOverdue' },
        { alert: 'PgFreezeOverdueCritical', at: 'freezeOverdueCritical' },
      ],
      width: 8,
    }),
    timeSeries({
      title: 'Newest good backup, and newest verified',
      description:
        'How long ago. What was written since is lost if the server is, unless its log is elsewhere.',
      unit: 'seconds',
      lines: (
        [
          ['backup', 'howdah_backup_last_success_timestamp_seconds'],
          ['verified', 'howdah_backup_last_verified_timestamp_seconds'],
        ] as const
      ).map(([name, metric]) => ({
        expression: promql`time() - ${max(selected(metric), ...KIND)}`,
        legend: `${name} ${legendOf(KIND)}`,
      })),
      limits: [{ alert: 'PgBackupStale' }, { alert: 'PgBackupUnverified' }],
      width: 8,
    }),
  ],
})
