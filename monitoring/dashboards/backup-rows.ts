import { exactIncrease, max, promql, type SeriesName, sum } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, line, named, table, timeSeries } from './panel.ts'
import { moment, selected } from './query.ts'

const KIND = ['cluster', 'type'] as const
const kind = (metric: SeriesName) => max(selected(metric), ...KIND)
const scenario = (metric: SeriesName) => max(selected(metric), 'scenario')

/** What could be restored, and whether anybody tried. */
export const backupRow = (): Row => ({
  title: 'Backups',
  panels: [
    table({
      title: 'Backups',
      description:
        'The newest good one of each kind. A kind that was never backed up has no line: PgBackupNeverSeen is for that.',
      labels: ['instance', ...KIND],
      columns: [
        {
          title: 'Last good one',
          unit: 'moment',
          expression: moment(kind('howdah_backup_last_success_timestamp_seconds')),
          limits: [{ alert: 'PgBackupStale' }],
        },
        {
          title: 'Last one was good',
          unit: 'yesNo',
          expression: kind('howdah_backup_last_status'),
          limits: [{ alert: 'PgBackupFailed', at: 0 }],
        },
        {
          title: 'Verified',
          unit: 'moment',
          expression: moment(kind('howdah_backup_last_verified_timestamp_seconds')),
          limits: [{ alert: 'PgBackupUnverified' }],
        },
        { title: 'Took', unit: 'seconds', expression: kind('howdah_backup_last_duration_seconds') },
        {
          title: 'Size',
          unit: 'bytes',
          expression: kind('howdah_backup_last_size_bytes'),
          limits: [{ alert: 'PgBackupSizeAnomaly' }],
        },
      ],
    }),
    timeSeries({
      title: 'Age of the newest good backup',
      description:
        'What would be lost if it were all there is. It rises until the next one and falls at once.',
      unit: 'seconds',
      lines: [
        {
          expression: promql`time() - ${kind('howdah_backup_last_success_timestamp_seconds')}`,
          legend: legendOf(KIND),
        },
      ],
      limits: [{ alert: 'PgBackupStale' }, { alert: 'PgBackupNeverSeen' }],
    }),
    timeSeries({
      title: 'Backups that failed, within a day',
      description: 'Every end other than success, those that were killed included.',
      unit: 'count',
      lines: [
        {
          expression: sum(exactIncrease(selected('howdah_backup_failures_total'), '24h'), ...KIND),
          legend: legendOf(KIND),
        },
      ],
      limits: [{ alert: 'PgBackupFailed' }],
    }),
    timeSeries({
      title: 'Size of the newest good backup',
      description: 'A sudden fall is a backup that misses something.',
      unit: 'bytes',
      lines: [line('howdah_backup_last_size_bytes', ...KIND)],
      limits: [{ alert: 'PgBackupSizeAnomaly' }],
    }),
    timeSeries({
      title: 'Behind the newest moment that can be restored',
      description: 'With continuous archiving this stays at minutes.',
      unit: 'seconds',
      lines: [
        {
          expression: promql`time() - ${max(selected('howdah_backup_latest_restorable_timestamp_seconds'), 'cluster')}`,
          legend: legendOf(['cluster']),
        },
      ],
      limits: [{ alert: 'PgBackupStale' }],
    }),
    timeSeries({
      title: 'How far back one can go',
      description: 'The time for which backups are kept.',
      unit: 'seconds',
      lines: [line('howdah_backup_retention_seconds', 'cluster')],
      limits: [{ alert: 'PgBackupRetentionShort' }],
    }),
  ],
})

/** Disasters that were rehearsed, against what was promised. */
export const drillRow = (): Row => ({
  title: 'Drills',
  panels: [
    table({
      title: 'Drills',
      description: 'The newest of each scenario.',
      labels: ['instance', 'scenario'],
      columns: [
        {
          title: 'Last one',
          unit: 'moment',
          expression: moment(scenario('howdah_dr_drill_last_timestamp_seconds')),
          limits: [{ alert: 'PgDrDrillOverdue' }],
        },
        { title: 'Passed', unit: 'yesNo', expression: scenario('howdah_dr_drill_last_status') },
        { title: 'Back after', unit: 'seconds', expression: scenario('howdah_dr_drill_last_rto_seconds') },
        { title: 'Promised', unit: 'seconds', expression: scenario('howdah_dr_drill_target_rto_seconds') },
        { title: 'Lost', unit: 'seconds', expression: scenario('howdah_dr_drill_last_rpo_seconds') },
        { title: 'Allowed', unit: 'seconds', expression: scenario('howdah_dr_drill_target_rpo_seconds') },
      ],
    }),
    timeSeries({
      title: 'Back after',
      description: 'Measured in the last drill, and what was promised (RTO).',
      unit: 'seconds',
      lines: [
        named('measured', line('howdah_dr_drill_last_rto_seconds', 'scenario')),
        named('promised', line('howdah_dr_drill_target_rto_seconds', 'scenario')),
      ],
      limits: [{ alert: 'PgDrRtoBreached' }],
    }),
    timeSeries({
      title: 'Data lost',
      description: 'Measured in the last drill in seconds of writes, and what is allowed (RPO).',
      unit: 'seconds',
      lines: [
        named('measured', line('howdah_dr_drill_last_rpo_seconds', 'scenario')),
        named('allowed', line('howdah_dr_drill_target_rpo_seconds', 'scenario')),
      ],
      limits: [{ alert: 'PgDrRpoBreached' }],
    }),
  ],
})
