import { masterUsernameOf } from '../settings/names.ts'
import { type GuardRail, when } from './guard-rail.ts'

/** Families that live on credits. */
const BURSTABLE = /^db\.t\d/
const DEFAULT_PORT = 5432
/** Taken by RDS in every database. */
const RESERVED_NAMES = new Set(['rdsadmin', 'rds_superuser', 'rdsrepladmin', 'rdstopmgr'])
const GUESSABLE_NAMES = new Set(['postgres', 'admin', 'administrator', 'root', 'master'])

/** What holds everywhere. */
export const exposure: GuardRail = ({ settings }) => [
  ...when(
    settings.database.publiclyAccessible,
    'howdah:database.publiclyAccessible',
    'must be false: a database on the internet is none of ours (Security Hub RDS.2)',
  ),
  ...when(
    RESERVED_NAMES.has(masterUsernameOf(settings)),
    'howdah:database.masterUsername',
    'is a name that RDS keeps for itself',
  ),
]

/** What is well enough for trying things out, and not for what people depend on. */
export const production: GuardRail = ({ settings }) => {
  if (!settings.platform.production) return []
  const { database, alarms, pooler } = settings
  return [
    ...when(
      BURSTABLE.test(database.instanceClass),
      'howdah:database.instanceClass',
      `${database.instanceClass} lives on credits and is slow without them; production takes a class of m or r`,
    ),
    ...when(
      database.port === DEFAULT_PORT,
      'howdah:database.port',
      'is the one every scanner tries first (Security Hub RDS.23); take another, as 5433',
    ),
    ...when(
      GUESSABLE_NAMES.has(masterUsernameOf(settings)),
      'howdah:database.masterUsername',
      'is the one everybody tries first (Security Hub RDS.25); leave it out for one of its own',
    ),
    ...when(
      !database.deletionProtection,
      'howdah:database.deletionProtection',
      'must be true in production (Security Hub RDS.8)',
    ),
    ...when(!database.finalSnapshot, 'howdah:database.finalSnapshot', 'must be true in production'),
    ...when(
      database.deleteAutomatedBackups,
      'howdah:database.deleteAutomatedBackups',
      'must be false in production: the backups would go with the instance they are there for',
    ),
    ...when(
      database.applyImmediately,
      'howdah:database.applyImmediately',
      'must be false in production: a change of parameters would restart the server at once',
    ),
    ...when(
      database.monitoringIntervalSeconds === 0,
      'howdah:database.monitoringIntervalSeconds',
      'must not be 0 in production (Security Hub RDS.6)',
    ),
    ...when(
      !database.logExports.includes('postgresql'),
      'howdah:database.logExports',
      'must contain postgresql in production (Security Hub RDS.9)',
    ),
    ...when(
      !database.autoMinorVersionUpgrade,
      'howdah:database.autoMinorVersionUpgrade',
      'must be true in production (Security Hub RDS.13): minor versions close holes',
    ),
    ...when(
      !database.iamAuthentication,
      'howdah:database.iamAuthentication',
      'must be true in production (Security Hub RDS.10)',
    ),
    ...when(
      pooler.kind === 'pgbouncer' && pooler.tasks < 3,
      'howdah:pooler.tasks',
      'must be 3 at least in production, one a zone: with fewer, the loss of a zone is a loss of half the connections, or all',
    ),
    ...when(
      alarms.enabled && alarms.emails.length === 0 && alarms.topicArn === undefined,
      'howdah:alarms.emails',
      'names nobody, and howdah:alarms.topicArn is not set: alarms would ring unheard',
    ),
    ...when(!alarms.enabled, 'howdah:alarms.enabled', 'must be true in production'),
  ]
}
