import { exactIncrease, max, min, over, promql, type SeriesName, sum } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { history, legendOf, line, named, table, timeSeries } from './panel.ts'
import { moment, selected } from './query.ts'

const KIND = ['cluster', 'type'] as const
const kind = (metric: SeriesName) => max(selected(metric), ...KIND)

const EXPECTED = kind('howdah_backup_expected')
const MAX_AGE = kind('howdah_backup_max_age_seconds')
const LAST_SUCCESS = kind('howdah_backup_last_success_timestamp_seconds')
const LAST_VERIFIED = kind('howdah_backup_last_verified_timestamp_seconds')
const SIZE = selected('howdah_backup_last_size_bytes')

/** 1 where the newest good one was as young as it has to be (a day, where nobody said) and none failed since a day before. */
const GOOD_DAY = promql`${min(promql`min_over_time(${over(selected('howdah_backup_last_status'), '24h')})`, ...KIND)} * (${LAST_SUCCESS} > bool time() - (${MAX_AGE} or ${LAST_SUCCESS} * 0 + 86400)) or ${EXPECTED} * 0 or ${kind('howdah_backup_last_status')} * 0`

/** What could be restored, and whether anybody tried. */
export const backupRow = (): Row => ({
  title: 'Backups',
  panels: [
    table({
      title: 'Backups',
      description:
        'The newest good one of each kind, and of those in --expected-backups also what was never taken.',
      labels: ['instance', ...KIND],
      columns: [
        {
          title: 'Missing',
          unit: 'yesNo',
          expression: promql`(${EXPECTED} unless ${LAST_SUCCESS}) or ${LAST_SUCCESS} * 0`,
          limits: [{ alert: 'PgBackupNeverSeen', at: 1 }],
        },
        {
          title: 'Last one was good',
          unit: 'yesNo',
          expression: kind('howdah_backup_last_status'),
          limits: [{ alert: 'PgBackupFailed', at: 'is 0' }],
        },
        {
          title: 'Age',
          unit: 'seconds',
          expression: promql`time() - ${LAST_SUCCESS}`,
          limits: [{ alert: 'PgBackupStale' }],
        },
        { title: 'At most', unit: 'seconds', expression: MAX_AGE },
        { title: 'Last good one', unit: 'moment', expression: moment(LAST_SUCCESS) },
        { title: 'Took', unit: 'seconds', expression: kind('howdah_backup_last_duration_seconds') },
        { title: 'Size', unit: 'bytes', expression: kind('howdah_backup_last_size_bytes') },
        {
          title: 'Verification passed',
          unit: 'yesNo',
          expression: kind('howdah_backup_verify_status'),
          limits: [{ alert: 'PgBackupVerificationFailed', at: 0 }],
        },
        {
          title: 'Verified before',
          unit: 'seconds',
          expression: promql`time() - ${LAST_VERIFIED}`,
          limits: [{ alert: 'PgBackupUnverified', at: 'verificationAgeSeconds' }],
        },
        { title: 'Under way', unit: 'count', expression: kind('howdah_backup_running') },
      ],
    }),
    history({
      title: 'Thirty days of backups',
      description:
        'Each day by its midnight. Good: the newest one was as young as it has to be, and none had failed that day.',
      values: { 0: 'missed', 1: 'good' },
      lines: [{ expression: GOOD_DAY, legend: legendOf(KIND) }],
      limits: [{ alert: 'PgBackupFailed', at: 'is 0' }],
      days: 30,
    }),
    timeSeries({
      title: 'Age of the newest good backup',
      description:
        'What would be lost if it were all there is, and how old it may be. It rises until the next one and falls at once.',
      unit: 'seconds',
      lines: [
        named('age', { expression: promql`time() - ${LAST_SUCCESS}`, legend: legendOf(KIND) }),
        named('at most', line('howdah_backup_max_age_seconds', ...KIND)),
      ],
      limits: [{ alert: 'PgBackupStale' }, { alert: 'PgBackupNeverSeen' }],
    }),
    timeSeries({
      title: 'Behind the newest moment that can be restored',
      description: 'As Amazon tells it: with continuous archiving this stays at minutes.',
      unit: 'seconds',
      lines: [
        {
          expression: promql`time() - ${max(selected('howdah_backup_latest_restorable_timestamp_seconds'), 'cluster')}`,
          legend: legendOf(['cluster']),
        },
      ],
      limits: [{ alert: 'PgPitrStale', at: 'restorableSeconds' }],
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
      title: 'Verifications within a week',
      description:
        'By outcome: failed is a backup that is none; unverifiable and lost are nobody knows. Restored and compared, not looked at.',
      unit: 'count',
      lines: [
        {
          expression: sum(
            exactIncrease(selected('howdah_backup_verifications_total'), '168h'),
            ...KIND,
            'outcome',
          ),
          legend: legendOf([...KIND, 'outcome']),
        },
      ],
      limits: [{ alert: 'PgBackupVerificationFailed' }, { alert: 'PgBackupUnverified' }],
    }),
    timeSeries({
      title: 'Size of the newest good backup',
      description: 'Bytes. Of several clusters at once the next panel tells more.',
      unit: 'bytes',
      lines: [line('howdah_backup_last_size_bytes', ...KIND)],
      width: 8,
    }),
    timeSeries({
      title: 'Size, of the mean of seven days',
      description: 'A sudden fall is a backup that misses something.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`${max(SIZE, ...KIND)} / ${max(promql`avg_over_time(${over(SIZE, '168h')})`, ...KIND)}`,
          legend: legendOf(KIND),
        },
      ],
      limits: [{ alert: 'PgBackupSizeAnomaly', at: 'backupShrunk' }],
      width: 8,
    }),
    timeSeries({
      title: 'How far back one can go',
      description:
        'The time for which backups are kept, on record or at Amazon, and for which they have to be.',
      unit: 'seconds',
      lines: [
        named('kept', line('howdah_backup_retention_seconds', 'cluster')),
        named('at Amazon', line('rds_backup_retention_period_seconds', 'dbidentifier')),
        named('required', line('howdah_backup_retention_required_seconds', 'cluster')),
      ],
      limits: [{ alert: 'PgBackupRetentionShort' }],
      width: 8,
    }),
  ],
})
