import type { Settings } from '../settings/settings.ts'
import { type GuardRail, type Violation, when } from './guard-rail.ts'

const RETENTIONS = [
  'dailyRetentionDays',
  'weeklyRetentionDays',
  'monthlyRetentionDays',
  'yearlyRetentionDays',
] as const

/** AWS wants three days at least in which a compliance lock can be taken back. */
const SHORTEST_COOLING_OFF_DAYS = 3

/** Locks: what nobody can take back is agreed to in so many words. */
export const locks: GuardRail = ({ settings: { backups } }) => [
  ...when(
    backups.lock === 'compliance' && !backups.iUnderstandThisIsIrreversible,
    'howdah:backups.iUnderstandThisIsIrreversible',
    `must be true for howdah:backups.lock: compliance: after ${backups.lockCoolingOffDays} days nobody, AWS included, can lift it, and all it holds is paid for until its retention ends`,
  ),
  ...when(
    backups.dumps &&
      backups.dumpLockDays > 0 &&
      backups.dumpLockMode === 'compliance' &&
      !backups.iUnderstandThisIsIrreversible,
    'howdah:backups.iUnderstandThisIsIrreversible',
    `must be true for howdah:backups.dumpLockMode: compliance: no dump can be deleted for ${backups.dumpLockDays} days, by nobody`,
  ),
  ...when(
    backups.lock === 'compliance' && backups.lockCoolingOffDays < SHORTEST_COOLING_OFF_DAYS,
    'howdah:backups.lockCoolingOffDays',
    `must be ${SHORTEST_COOLING_OFF_DAYS} at least`,
  ),
  ...(backups.lock === 'none' ? [] : lockRange(backups)),
]

function lockRange(backups: Settings['backups']): readonly Violation[] {
  const kept = RETENTIONS.map(name => backups[name]).filter(days => days > 0)
  const { lockMinRetentionDays: least = Math.min(...kept), lockMaxRetentionDays: most = Math.max(...kept) } =
    backups
  return [
    ...when(
      least > most,
      'howdah:backups.lockMinRetentionDays',
      `must not be more than howdah:backups.lockMaxRetentionDays (${most})`,
    ),
    ...RETENTIONS.flatMap(name =>
      when(
        backups[name] > 0 && (backups[name] < least || backups[name] > most),
        `howdah:backups.${name}`,
        `${backups[name]} days are outside of what the lock of the vault allows (${least} to ${most}): every backup job would fail`,
      ),
    ),
  ]
}

/** Who keeps backups, and where they go. */
export const backupOwners: GuardRail = ({ settings, given }) => {
  const { backups, database, keys, provider } = settings
  const vault = backups.backupAccountVaultArn?.split(':')
  const ownedTwice = (key: 'howdah:database.backupRetentionDays' | 'howdah:database.backupWindow') =>
    when(
      backups.owner === 'aws-backup' && given.has(key),
      key,
      'belongs to the plan of AWS Backup (howdah:backups.owner: aws-backup), which sets it itself; leave it out',
    )
  return [
    ...ownedTwice('howdah:database.backupRetentionDays'),
    ...ownedTwice('howdah:database.backupWindow'),
    ...when(
      backups.owner === 'aws-backup' && database.backupRetentionDays === 0,
      'howdah:backups.owner',
      'cannot be aws-backup without a retention: continuous backups are automated backups',
    ),
    ...when(
      backups.replicateAutomatedBackups && database.backupRetentionDays === 0,
      'howdah:backups.replicateAutomatedBackups',
      'has nothing to replicate: howdah:database.backupRetentionDays is 0',
    ),
    ...when(
      vault !== undefined && vault[4] === provider.allowedAccountIds[0],
      'howdah:backups.backupAccountVaultArn',
      'is of this account: who can delete the backups here, can delete those there',
    ),
    ...when(
      vault !== undefined && vault[4] !== keys.backupAccountId,
      'howdah:keys.backupAccountId',
      `must be ${vault?.[4] ?? ''}, the account of howdah:backups.backupAccountVaultArn: without the key it cannot copy`,
    ),
    ...when(
      keys.backupAccountId !== undefined && keys.backupAccountId === provider.allowedAccountIds[0],
      'howdah:keys.backupAccountId',
      'is this account; name another one, or leave it out',
    ),
    ...when(
      backups.dumps && backups.dumpLockDays > backups.dumpRetentionDays,
      'howdah:backups.dumpLockDays',
      `is longer than howdah:backups.dumpRetentionDays (${backups.dumpRetentionDays}): dumps could not be deleted when they are due`,
    ),
    ...when(
      backups.monthlyRetentionDays > 0 && backups.monthlyRetentionDays < 31,
      'howdah:backups.monthlyRetentionDays',
      'is shorter than a month: there would be days without one',
    ),
    ...when(
      backups.weeklyRetentionDays > 0 && backups.weeklyRetentionDays < 7,
      'howdah:backups.weeklyRetentionDays',
      'is shorter than a week: there would be days without one',
    ),
  ]
}
