import { spokenDuration, TIERS } from '../settings/tiers.ts'
import { type GuardRail, when } from './guard-rail.ts'

const HOUR = 3600
/** What a snapshot a day can promise; anything shorter needs WAL. */
const DAILY_SECONDS = 24 * HOUR

/** Whether the resources can keep what the tier promises: overriding a default must not turn the promise into a hope. */
export const tier: GuardRail = ({ settings }) => {
  const { platform, database, backups, replicas } = settings
  const { inRegion, otherRegion, verifiedWithinDays } = TIERS[platform.tier]
  const promises = `tier ${platform.tier} promises`
  const needsWal = inRegion.rpoSeconds < DAILY_SECONDS
  const fastRecovery = otherRegion !== undefined && otherRegion.rpoSeconds < DAILY_SECONDS
  return [
    ...when(
      needsWal && database.backupRetentionDays === 0 && backups.owner === 'rds',
      'howdah:database.backupRetentionDays',
      `must be 1 at least: ${promises} to lose ${spokenDuration(inRegion.rpoSeconds)} at the most, and without it no point in time can be restored`,
    ),
    ...when(
      !needsWal && database.backupRetentionDays === 0 && backups.dailyRetentionDays < 1,
      'howdah:database.backupRetentionDays',
      `must be 1 at least: ${promises} a restore of the day before`,
    ),
    ...when(
      inRegion.rtoSeconds < 24 * HOUR && !database.multiAz && platform.production,
      'howdah:database.multiAz',
      `must be true: ${promises} to be back within ${spokenDuration(inRegion.rtoSeconds)}, which a restore alone cannot`,
    ),
    ...when(
      otherRegion !== undefined && platform.recoveryRegion === undefined,
      'howdah:recoveryRegion',
      `is missing: ${promises} something for the loss of a region`,
    ),
    ...when(
      otherRegion !== undefined &&
        platform.recoveryRegion !== undefined &&
        !backups.copyToRecoveryRegion &&
        !backups.replicateAutomatedBackups,
      'howdah:backups.copyToRecoveryRegion',
      `must be true: ${promises} something for the loss of a region`,
    ),
    ...when(
      fastRecovery && !replicas.recovery && !backups.replicateAutomatedBackups,
      'howdah:replicas.recovery',
      `must be true, or howdah:backups.replicateAutomatedBackups: ${promises} to lose ${spokenDuration(otherRegion?.rpoSeconds ?? 0)} at the most with a region, and copies of snapshots are a day apart`,
    ),
    ...when(
      verifiedWithinDays !== undefined && !backups.restoreTesting,
      'howdah:backups.restoreTesting',
      `must be true: ${promises} a restore that was proved within ${verifiedWithinDays} days`,
    ),
    ...when(
      verifiedWithinDays !== undefined &&
        backups.restoreTesting &&
        backups.restoreTestingEveryDays > verifiedWithinDays,
      'howdah:backups.restoreTestingEveryDays',
      `must be ${verifiedWithinDays} at the most: ${promises} a restore that was proved within as many days`,
    ),
  ]
}
