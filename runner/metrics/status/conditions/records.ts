import type { MetricName } from '../../catalogue.ts'
import type { ConditionRule } from '../condition.ts'

const KIND = ['cluster', 'type'] as const

/** The newest one ended, and not well: the metric is 0. */
const endedBadly = (
  rule: Pick<ConditionRule, 'alert' | 'severity'>,
  metric: MetricName,
  by: readonly string[],
  sentence: string,
): ConditionRule => ({
  ...rule,
  reads: [metric],
  find: readings =>
    readings
      .maxBy(metric, by)
      .filter(({ value }) => value === 0)
      .map(({ labels }) => ({ subject: by.map(label => labels[label]).join(' '), sentence })),
})

/** What is on record of backups, drills and backfills, and what is not though it is expected. */
export const RECORD_CONDITIONS: readonly ConditionRule[] = [
  endedBadly(
    { alert: 'PgBackupFailed', severity: 'critical' },
    'howdah_backup_last_status',
    KIND,
    'The newest backup failed, or was killed.',
  ),
  endedBadly(
    { alert: 'PgBackupVerificationFailed', severity: 'critical' },
    'howdah_backup_verify_status',
    KIND,
    'The newest backup that was to be proved was not.',
  ),
  {
    alert: 'PgBackupNeverSeen',
    severity: 'critical',
    reads: ['howdah_backup_expected', 'howdah_backup_last_success_timestamp_seconds'],
    find: readings => {
      const seen = new Set(
        readings
          .all('howdah_backup_last_success_timestamp_seconds')
          .map(({ labels }) => `${labels.cluster} ${labels.type}`),
      )
      return readings.maxBy('howdah_backup_expected', KIND).flatMap(({ labels }) => {
        const subject = `${labels.cluster} ${labels.type}`
        return seen.has(subject)
          ? []
          : [{ subject, sentence: 'A backup is expected, and no good one is on record.' }]
      })
    },
  },
  endedBadly(
    { alert: 'PgDrDrillFailed', severity: 'critical' },
    'howdah_dr_drill_last_status',
    ['scenario'],
    'The last drill failed, or was killed.',
  ),
  endedBadly(
    { alert: 'PgBackfillFailed', severity: 'warning' },
    'howdah_backfill_last_status',
    ['backfill'],
    'The backfill stopped before its end.',
  ),
]
