import { RunError } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import {
  BRONZE,
  backups,
  bad,
  type Case,
  database,
  GOLD,
  pooler,
  refusal,
  replicas,
  SILVER,
} from '../../tests/harness/guard-rail-cases.ts'

const CASES: readonly Case[] = [
  bad(
    'multiAz with a zone',
    GOLD,
    database({ availabilityZone: 'eu-central-1a' }),
    'howdah:database.availabilityZone',
    /multiAz/,
  ),
  bad(
    'a zone that the network does not have',
    BRONZE,
    database({ availabilityZone: 'eu-central-1f' }),
    'howdah:database.availabilityZone',
    /none of the zones/,
  ),

  bad(
    'a public database',
    BRONZE,
    database({ publiclyAccessible: true }),
    'howdah:database.publiclyAccessible',
    /RDS\.2/,
  ),
  bad(
    "RDS's own name",
    BRONZE,
    database({ masterUsername: 'rdsadmin' }),
    'howdah:database.masterUsername',
    /keeps for itself/,
  ),
  bad(
    'a burstable class in production',
    GOLD,
    database({ instanceClass: 'db.t4g.large', maxConnections: 400 }),
    'howdah:database.instanceClass',
    /credits/,
  ),
  bad('the default port in production', GOLD, database({ port: 5432 }), 'howdah:database.port', /RDS\.23/),
  bad(
    'a guessable master user in production',
    GOLD,
    database({ masterUsername: 'postgres' }),
    'howdah:database.masterUsername',
    /RDS\.25/,
  ),
  bad(
    'no deletion protection in production',
    GOLD,
    database({ deletionProtection: false }),
    'howdah:database.deletionProtection',
    /RDS\.8/,
  ),
  bad(
    'no final snapshot in production',
    GOLD,
    database({ finalSnapshot: false }),
    'howdah:database.finalSnapshot',
    /must be true/,
  ),
  bad(
    'backups that go with the instance in production',
    GOLD,
    database({ deleteAutomatedBackups: true }),
    'howdah:database.deleteAutomatedBackups',
    /must be false/,
  ),
  bad(
    'immediate changes in production',
    GOLD,
    database({ applyImmediately: true }),
    'howdah:database.applyImmediately',
    /restart/,
  ),
  bad(
    'no monitoring in production',
    GOLD,
    database({ monitoringIntervalSeconds: 0 }),
    'howdah:database.monitoringIntervalSeconds',
    /RDS\.6/,
  ),
  bad(
    'no logs in production',
    GOLD,
    database({ logExports: ['upgrade'] }),
    'howdah:database.logExports',
    /RDS\.9/,
  ),
  bad(
    'no minor upgrades in production',
    GOLD,
    database({ autoMinorVersionUpgrade: false }),
    'howdah:database.autoMinorVersionUpgrade',
    /RDS\.13/,
  ),
  bad(
    'no IAM authentication in production',
    GOLD,
    database({ iamAuthentication: false }),
    'howdah:database.iamAuthentication',
    /RDS\.10/,
  ),
  bad('two poolers in production', GOLD, pooler({ tasks: 2 }), 'howdah:pooler.tasks', /one a zone/),
  bad('alarms that tell nobody', GOLD, { 'howdah:alarms': {} }, 'howdah:alarms.emails', /unheard/),
  bad(
    'no alarms in production',
    GOLD,
    { 'howdah:alarms': { enabled: false } },
    'howdah:alarms.enabled',
    /must be true/,
  ),

  bad(
    'gold without a standby',
    GOLD,
    database({ multiAz: false }),
    'howdah:database.multiAz',
    /back within 1 h/,
  ),
  bad(
    'silver without points in time',
    SILVER,
    database({ backupRetentionDays: 0 }),
    'howdah:database.backupRetentionDays',
    /lose 5 min/,
  ),
  bad(
    'silver without copies elsewhere',
    SILVER,
    backups({ copyToRecoveryRegion: false }),
    'howdah:backups.copyToRecoveryRegion',
    /loss of a region/,
  ),
  bad(
    'gold with snapshots alone in the other region',
    GOLD,
    { ...replicas({ recovery: false }), ...backups({ replicateAutomatedBackups: false }) },
    'howdah:replicas.recovery',
    /15 min/,
  ),
  bad(
    'gold without restore tests',
    GOLD,
    backups({ restoreTesting: false }),
    'howdah:backups.restoreTesting',
    /proved within 7 days/,
  ),
  bad(
    'gold with a restore test a month',
    GOLD,
    backups({ restoreTestingEveryDays: '30' }),
    'howdah:backups.restoreTestingEveryDays',
    /7 at the most/,
  ),
]

describe('production and tiers that do not fit together', () => {
  test.each(CASES)('$what', ({ on, config, keys, says }) => {
    const error = refusal({ ...on, ...config })
    expect(error?.problems.map(({ key }) => key)).toEqual(keys)
    expect(error?.message).toMatch(says)
    expect(error).toBeInstanceOf(RunError)
  })
})
