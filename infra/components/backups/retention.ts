import { RefusedSetting } from '../refused-setting.ts'

/** Days each generation is kept; 0: there is no such generation. */
export interface Retention {
  /** Restore to any second within the last so many days, kept by AWS Backup; 0 where the instance keeps them itself. */
  readonly continuousDays: number
  readonly dailyDays: number
  readonly weeklyDays: number
  readonly monthlyDays: number
  readonly yearlyDays: number
}

/** AWS Backup keeps the logs of a continuous recovery point for so long and no longer. */
const CONTINUOUS_DAYS_LIMIT = 35

/** Refuses a retention that AWS would refuse, or that leaves nothing. */
export function checkRetention(retention: Retention): void {
  for (const [key, days] of Object.entries(retention))
    if (!Number.isInteger(days) || days < 0)
      throw new RefusedSetting(`howdah:backups.${settingOf(key)}`, `${days} is no number of days`)
  if (retention.continuousDays > CONTINUOUS_DAYS_LIMIT)
    throw new RefusedSetting(
      'howdah:backups.owner',
      `AWS Backup restores to a point in time within ${CONTINUOUS_DAYS_LIMIT} days, not ${retention.continuousDays}; keep daily, weekly or monthly snapshots for longer`,
    )
  if (retention.dailyDays === 0)
    throw new RefusedSetting(
      'howdah:backups.dailyRetentionDays',
      'a daily snapshot is the least there is; give a number of days',
    )
}

function settingOf(key: string): string {
  return key.replace(/Days$/, 'RetentionDays')
}

/**
 * Whether AWS Backup manages the instance's own automated backups. It then sets their window and retention itself, and the
 * instance has to ignore changes to `backupWindow` and `backupRetentionPeriod`, or each update takes them back.
 */
export function ownsAutomatedBackups(retention: Retention): boolean {
  return retention.continuousDays > 0
}
