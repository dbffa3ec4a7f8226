import { arn, choice, flag, integer, listOf, text } from '../kinds.ts'
import { byTier, defaulted, optional } from '../setting.ts'

/** Settings below `howdah:backups`. */
export const BACKUPS = {
  owner: defaulted(
    choice('rds', 'aws-backup'),
    'rds',
    'Who keeps what a point in time is restored from: the instance, or the plan of AWS Backup. Only one can.',
  ),
  dailyRetentionDays: defaulted(
    integer(1, 366),
    byTier(7, 35, 35),
    'How long daily snapshots are kept, in days.',
  ),
  weeklyRetentionDays: defaulted(
    integer(0, 732),
    byTier(0, 91, 91),
    'How long weekly snapshots are kept, in days; 0: there are none.',
  ),
  monthlyRetentionDays: defaulted(
    integer(0, 1830),
    byTier(0, 396, 396),
    'How long monthly snapshots are kept, in days; 0: there are none.',
  ),
  yearlyRetentionDays: defaulted(
    integer(0, 5490),
    byTier(0, 0, 2562),
    'How long yearly snapshots are kept, in days; 0: there are none.',
  ),
  copyToRecoveryRegion: defaulted(
    flag(),
    ({ recoveryRegion }) => recoveryRegion !== undefined,
    'Whether snapshots are copied to the recovery region.',
  ),
  replicateAutomatedBackups: defaulted(
    flag(),
    ({ recoveryRegion, tier }) => recoveryRegion !== undefined && tier === 'gold',
    'Whether a point in time can be restored in the recovery region, without an instance that runs there.',
  ),
  replicationRetentionDays: defaulted(
    integer(1, 35),
    byTier(7, 14, 14),
    'How far back that goes, in days. Changing it begins the replication anew.',
  ),
  backupAccountVaultArn: optional(
    arn('backup'),
    'A vault of another account that gets copies as well, where nobody of this account can delete them.',
  ),
  lock: defaulted(
    choice('none', 'governance', 'compliance'),
    byTier('none', 'governance', 'governance'),
    'Lock of the vault: governance can be lifted by those who may, compliance by nobody, ever.',
  ),
  lockMinRetentionDays: defaulted(integer(1, 366), 7, 'The shortest retention the lock allows, in days.'),
  lockMaxRetentionDays: defaulted(
    integer(1, 36_500),
    3650,
    'The longest retention the lock allows, in days.',
  ),
  lockCoolingOffDays: defaulted(
    integer(0, 365),
    7,
    'How long a compliance lock can still be taken back, in days; AWS wants three at least.',
  ),
  iUnderstandThisIsIrreversible: defaulted(
    flag(),
    false,
    'Consent to a lock that nobody can lift, neither the root user nor AWS: what it holds is paid for until its retention ends.',
  ),
  dumps: defaulted(flag(), byTier(false, true, true), 'Whether there is a bucket for logical dumps.'),
  dumpLockDays: defaulted(
    integer(0, 3650),
    byTier(0, 7, 35),
    'How long a dump cannot be deleted (Object Lock), in days; 0: it can.',
  ),
  dumpLockMode: defaulted(
    choice('governance', 'compliance'),
    'governance',
    'Whether some may lift the lock of a dump, or nobody.',
  ),
  dumpRetentionDays: defaulted(integer(1, 3650), byTier(7, 35, 91), 'How long dumps are kept, in days.'),
  restoreTesting: defaulted(
    flag(),
    byTier(false, true, true),
    'Whether AWS Backup restores the newest snapshot by itself, so that the restore is proved.',
  ),
  restoreTestingEveryDays: defaulted(
    choice('1', '7', '30').transform(Number),
    byTier(30, 30, 7),
    'How often it does, in days.',
  ),
}

/** Settings below `howdah:runner`. */
export const RUNNER = {
  image: defaulted(
    text(),
    'stable',
    "The runner's image: a tag or digest of the repository the stack makes, or a whole reference.",
  ),
  architecture: defaulted(
    choice('X86_64', 'ARM64'),
    'ARM64',
    'Processors of the tasks, those of the poolers too: what the images were built for.',
  ),
  vcpus: defaulted(integer(1, 16), 1, 'Processors of a task.'),
  memoryMib: defaulted(integer(512, 122_880), byTier(2048, 2048, 4096), 'Memory of a task, in MiB.'),
  serve: defaulted(flag(), true, 'Whether `howdah serve` runs, which Prometheus scrapes.'),
  backupSchedule: defaulted(
    text(),
    'cron(30 4 * * ? *)',
    'When `howdah backup` runs, as EventBridge Scheduler writes it, in UTC.',
  ),
  ciRepository: optional(
    text(),
    'Repository on GitHub (`owner/name`) whose workflows may run migrations. Absent: none may.',
  ),
  ciEnvironments: defaulted(
    listOf(text()),
    [],
    'Environments of that repository: a job that names one can be made to wait for a person.',
  ),
  ciProviderArn: optional(
    arn('iam'),
    "GitHub's identity provider, of which an account has one. Absent: it is made.",
  ),
  ciRefs: defaulted(
    listOf(text()),
    ['refs/heads/main'],
    'Branches and tags of that repository from which they may.',
  ),
}

/** Settings below `howdah:alarms`. */
export const ALARMS = {
  enabled: defaulted(flag(), byTier(false, true, true), 'Whether there are alarms and event subscriptions.'),
  emails: defaulted(listOf(text()), [], 'Addresses that get a mail; each has to confirm it once.'),
  topicArn: optional(arn('sns'), 'A topic that is there already, as for a pager.'),
  cloudTrail: defaulted(
    flag(),
    false,
    'Whether a trail of CloudTrail records management events, without which nobody hears that a protection was taken away.',
  ),
}
