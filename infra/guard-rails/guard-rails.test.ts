import { RunError } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import { parseSettings } from '../settings/parse.ts'
import type { SettingKey } from '../settings/settings.ts'
import { SettingsError } from '../settings/settings-error.ts'
import { refuseBadCombinations } from './guard-rails.ts'

type Config = Readonly<Record<string, unknown>>

const ACCOUNT = '333344445555'

/** Production as it should be, in three sizes. */
const GOLD: Config = {
  'aws:region': 'eu-central-1',
  'aws:allowedAccountIds': [ACCOUNT],
  'howdah:application': 'shop',
  'howdah:tier': 'gold',
  'howdah:recoveryRegion': 'eu-west-1',
  'howdah:owner': 'team',
  'howdah:alarms': { emails: ['oncall@example.com'] },
}
const SILVER: Config = { ...GOLD, 'howdah:tier': 'silver' }
const BRONZE: Config = { ...GOLD, 'howdah:tier': 'bronze', 'howdah:recoveryRegion': undefined }

/** Configuration as the engine gives it: texts. */
const asTexts = (config: Config) =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )

function refusal(config: Config): SettingsError | undefined {
  try {
    refuseBadCombinations('prod', parseSettings('prod', asTexts(config)))
    return undefined
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
}

interface Case {
  /** What is done, as a sentence's beginning. */
  readonly what: string
  readonly on: Config
  readonly config: Config
  /** The keys that have to change, in the order of the report. */
  readonly keys: readonly SettingKey[]
  readonly says: RegExp
}

const bad = (
  what: string,
  on: Config,
  config: Config,
  keys: SettingKey | readonly SettingKey[],
  says: RegExp,
): Case => ({ what, on, config, keys: typeof keys === 'string' ? [keys] : keys, says })

const database = (values: Config): Config => ({ 'howdah:database': values })
const backups = (values: Config): Config => ({ 'howdah:backups': values })
const replicas = (values: Config): Config => ({ 'howdah:replicas': values })
const network = (values: Config): Config => ({ 'howdah:network': values })
const pooler = (values: Config): Config => ({ 'howdah:pooler': values })
const keys = (values: Config): Config => ({ 'howdah:keys': values })

const subnets = (region: string, letters: string) =>
  Object.fromEntries([...letters].map(letter => [`${region}${letter}`, `subnet-0000000${letter}`]))

const CASES: readonly Case[] = [
  bad(
    'a recovery region that is the region itself',
    GOLD,
    { 'howdah:recoveryRegion': 'eu-central-1' },
    'howdah:recoveryRegion',
    /itself/,
  ),
  bad(
    'gold without a recovery region',
    GOLD,
    { 'howdah:recoveryRegion': undefined },
    'howdah:recoveryRegion',
    /loss of a region/,
  ),
  bad(
    'silver without a recovery region',
    SILVER,
    { 'howdah:recoveryRegion': undefined },
    'howdah:recoveryRegion',
    /loss of a region/,
  ),
  bad(
    'copies without a region to go to',
    BRONZE,
    backups({ copyToRecoveryRegion: true }),
    'howdah:recoveryRegion',
    /copyToRecoveryRegion/,
  ),
  bad(
    'a replica in no region',
    BRONZE,
    replicas({ recovery: true }),
    'howdah:recoveryRegion',
    /replicas.recovery/,
  ),
  bad('a tag that the platform sets', GOLD, { 'howdah:tags': { rpo: 'none' } }, 'howdah:tags', /rpo/),
  bad(
    'a name too long for load balancers',
    GOLD,
    { 'howdah:application': 'a-very-long-name-abc', 'howdah:environment': 'preproduction' },
    'howdah:application',
    /characters/,
  ),
  bad(
    'every branch in CI',
    GOLD,
    { 'howdah:runner': { ciRepository: 'a/b', ciRefs: ['*'] } },
    'howdah:runner.ciRefs',
    /every branch/,
  ),
  bad(
    'a repository without an owner',
    GOLD,
    { 'howdah:runner': { ciRepository: 'b' } },
    'howdah:runner.ciRepository',
    /owner\/name/,
  ),

  bad(
    'an existing VPC without subnets',
    GOLD,
    network({ vpcId: 'vpc-12345678' }),
    'howdah:network.databaseSubnets',
    /missing/,
  ),
  bad(
    'subnets without their VPC',
    GOLD,
    network({ databaseSubnets: subnets('eu-central-1', 'abc') }),
    'howdah:network.vpcId',
    /missing/,
  ),
  bad(
    'subnets of another region',
    GOLD,
    network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-west-1', 'abc') }),
    'howdah:network.databaseSubnets',
    /not in eu-central-1/,
  ),
  bad(
    'two zones in production',
    GOLD,
    network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'ab') }),
    'howdah:network.databaseSubnets',
    /2 zones/,
  ),
  bad(
    'a new VPC with two zones in production',
    GOLD,
    network({ zones: ['a', 'b'] }),
    'howdah:network.zones',
    /2 zones/,
  ),
  bad(
    'a new VPC without endpoints',
    GOLD,
    network({ endpoints: false }),
    'howdah:network.endpoints',
    /no task would start/,
  ),
  bad(
    'overlapping ranges',
    GOLD,
    network({ recoveryCidr: '10.64.128.0/20' }),
    'howdah:network.recoveryCidr',
    /overlaps/,
  ),
  bad(
    'a range that begins in the middle',
    GOLD,
    network({ cidr: '10.64.1.0/16' }),
    'howdah:network.cidr',
    /10\.64\.0\.0\/16 is/,
  ),
  bad(
    'a range with an existing VPC',
    GOLD,
    network({ cidr: '10.70.0.0/16', vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'abc') }),
    'howdah:network.cidr',
    /existing/,
  ),
  bad(
    'a recovery VPC without subnets',
    GOLD,
    network({ recoveryVpcId: 'vpc-12345678' }),
    'howdah:network.recoverySubnets',
    /together/,
  ),

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

  bad(
    'a point in time of nothing',
    GOLD,
    database({ source: { kind: 'pointInTime' } }),
    'howdah:database.source',
    /one of instance/,
  ),
  bad(
    'a point in time of two things',
    GOLD,
    database({ source: { kind: 'pointInTime', instance: 'a', resourceId: 'db-A' } }),
    'howdah:database.source',
    /no more/,
  ),
  bad(
    'a restore onto itself',
    GOLD,
    database({ source: { kind: 'pointInTime', instance: 'shop-prod-g1' } }),
    'howdah:database.generation',
    /raised/,
  ),
  bad(
    'a name for a database that comes with its data',
    GOLD,
    database({ name: 'other', source: { kind: 'snapshot', snapshot: 's' } }),
    'howdah:database.name',
    /snapshot/,
  ),
  bad(
    'a last snapshot of a replica',
    GOLD,
    database({ source: { kind: 'replica', of: `arn:aws:rds:eu-west-1:${ACCOUNT}:db:other` } }),
    'howdah:database.finalSnapshot',
    /replica/,
  ),

  bad(
    'operations on a small gp3 disk',
    SILVER,
    database({ iops: 6000 }),
    'howdah:database.iops',
    /below 400 GiB/,
  ),
  bad(
    'throughput on a small gp3 disk',
    SILVER,
    database({ throughputMibps: 500 }),
    'howdah:database.throughputMibps',
    /below 400 GiB/,
  ),
  bad(
    'too few operations on a large gp3 disk',
    GOLD,
    database({ iops: 6000 }),
    'howdah:database.iops',
    /12000/,
  ),
  bad(
    'an io2 disk without operations',
    GOLD,
    database({ storageType: 'io2' }),
    'howdah:database.iops',
    /missing/,
  ),
  bad(
    'throughput of an io2 disk',
    GOLD,
    database({ storageType: 'io2', iops: 10_000, throughputMibps: 500 }),
    'howdah:database.throughputMibps',
    /gp3/,
  ),
  bad(
    'more operations than an io1 disk has',
    GOLD,
    database({ storageType: 'io1', iops: 40_000 }),
    'howdah:database.iops',
    /20000/,
  ),
  bad(
    'a small io1 disk',
    SILVER,
    database({ storageType: 'io1', iops: 1000, allocatedStorageGib: 50 }),
    'howdah:database.allocatedStorageGib',
    /100 at least/,
  ),
  bad(
    'a disk that grows to less than it is',
    GOLD,
    database({ maxAllocatedStorageGib: 410 }),
    'howdah:database.maxAllocatedStorageGib',
    /tenth/,
  ),
  bad(
    'a log volume beside gp3',
    GOLD,
    database({ dedicatedLogVolume: true }),
    'howdah:database.dedicatedLogVolume',
    /io1/,
  ),

  bad(
    'a short backup window',
    GOLD,
    database({ backupWindow: '01:00-01:20' }),
    'howdah:database.backupWindow',
    /20 minutes/,
  ),
  bad(
    'a short maintenance window',
    GOLD,
    database({ maintenanceWindow: 'sun:03:00-sun:03:29' }),
    'howdah:database.maintenanceWindow',
    /29 minutes/,
  ),
  bad(
    'windows that overlap',
    GOLD,
    database({ backupWindow: '02:30-03:30' }),
    'howdah:database.maintenanceWindow',
    /overlaps/,
  ),
  bad(
    'windows that overlap across midnight and the end of the week',
    GOLD,
    database({ backupWindow: '23:30-00:30', maintenanceWindow: 'mon:00:00-mon:01:00' }),
    'howdah:database.maintenanceWindow',
    /overlaps/,
  ),
  bad(
    'maintenance for two days',
    GOLD,
    database({ backupWindow: '01:00-02:00', maintenanceWindow: 'sat:03:00-mon:00:30' }),
    ['howdah:database.maintenanceWindow', 'howdah:database.maintenanceWindow'],
    /24 hours/,
  ),

  bad(
    'connections without encryption',
    BRONZE,
    database({ parameters: { 'rds.force_ssl': 0 } }),
    'howdah:database.parameters',
    /RDS\.38/,
  ),
  bad(
    'all statements in the log',
    GOLD,
    database({ parameters: { log_statement: 'all' } }),
    'howdah:database.parameters',
    /passwords/,
  ),
  bad(
    'a timeout for everybody',
    GOLD,
    database({ parameters: { statement_timeout: '30000' } }),
    'howdah:database.parameters',
    /roles/,
  ),
  bad(
    'max_connections past its setting',
    GOLD,
    database({ parameters: { max_connections: '300' } }),
    'howdah:database.parameters',
    /maxConnections/,
  ),
  bad(
    'more connections than memory',
    SILVER,
    database({ maxConnections: 2000 }),
    'howdah:database.maxConnections',
    /memory for about/,
  ),
  bad(
    'no auditing in production',
    GOLD,
    database({ preloadLibraries: ['pg_stat_statements'] }),
    'howdah:database.preloadLibraries',
    /pgaudit/,
  ),
  bad(
    'no statistics of statements',
    BRONZE,
    database({ preloadLibraries: ['pgaudit'] }),
    'howdah:database.preloadLibraries',
    /pg_stat_statements/,
  ),

  bad(
    'blue/green with replicas',
    GOLD,
    database({ blueGreenUpdate: true }),
    'howdah:database.blueGreenUpdate',
    /stay with the old/,
  ),
  bad(
    'replicas without backups',
    BRONZE,
    { ...replicas({ count: 1 }), ...database({ backupRetentionDays: 0 }) },
    'howdah:database.backupRetentionDays',
    /with backups only/,
  ),
  bad(
    'a replica to promote without backups',
    BRONZE,
    replicas({ count: 1, backupRetentionDays: 0 }),
    'howdah:replicas.backupRetentionDays',
    /promotes none/,
  ),
  bad(
    'a recovery replica without backups',
    GOLD,
    replicas({ count: 0, backupRetentionDays: 0 }),
    'howdah:replicas.backupRetentionDays',
    /recovery region/,
  ),
  bad(
    'a final snapshot of a replica',
    GOLD,
    replicas({ finalSnapshot: true }),
    'howdah:replicas.finalSnapshot',
    /no last snapshot/,
  ),
  bad(
    'a small replica to promote',
    GOLD,
    replicas({ instanceClass: 'db.r8g.large' }),
    'howdah:replicas.instanceClass',
    /smaller/,
  ),
  bad(
    'a small replica in the recovery region',
    GOLD,
    replicas({ recoveryInstanceClass: 'db.r8g.large' }),
    'howdah:replicas.recoveryInstanceClass',
    /smaller/,
  ),

  bad(
    'a compliance lock without consent',
    GOLD,
    backups({ lock: 'compliance' }),
    'howdah:backups.iUnderstandThisIsIrreversible',
    /nobody/,
  ),
  bad(
    'locked dumps without consent',
    GOLD,
    backups({ dumpLockMode: 'compliance' }),
    'howdah:backups.iUnderstandThisIsIrreversible',
    /35 days/,
  ),
  bad(
    'a compliance lock without time to think',
    GOLD,
    backups({ lock: 'compliance', iUnderstandThisIsIrreversible: true, lockCoolingOffDays: 1 }),
    'howdah:backups.lockCoolingOffDays',
    /3 at least/,
  ),
  bad(
    'backups shorter than the lock',
    GOLD,
    backups({ lockMinRetentionDays: 60 }),
    'howdah:backups.dailyRetentionDays',
    /35 days/,
  ),
  bad(
    'backups longer than the lock',
    GOLD,
    backups({ lockMaxRetentionDays: 1000 }),
    'howdah:backups.yearlyRetentionDays',
    /2562 days/,
  ),
  bad(
    'two owners of retention',
    GOLD,
    { ...backups({ owner: 'aws-backup' }), ...database({ backupRetentionDays: 35 }) },
    'howdah:database.backupRetentionDays',
    /belongs to/,
  ),
  bad(
    'two owners of the window',
    GOLD,
    {
      ...backups({ owner: 'aws-backup' }),
      ...database({ backupWindow: '04:00-05:00', maintenanceWindow: 'mon:06:00-mon:07:00' }),
    },
    'howdah:database.backupWindow',
    /belongs to/,
  ),
  bad(
    'a vault of the same account',
    GOLD,
    {
      ...backups({ backupAccountVaultArn: `arn:aws:backup:eu-west-1:${ACCOUNT}:backup-vault:x` }),
      ...keys({ backupAccountId: ACCOUNT }),
    },
    ['howdah:backups.backupAccountVaultArn', 'howdah:keys.backupAccountId'],
    /can delete/,
  ),
  bad(
    'a vault that has no key',
    GOLD,
    backups({ backupAccountVaultArn: 'arn:aws:backup:eu-west-1:999988887777:backup-vault:x' }),
    'howdah:keys.backupAccountId',
    /999988887777/,
  ),
  bad(
    'dumps locked past their end',
    GOLD,
    backups({ dumpLockDays: 100 }),
    'howdah:backups.dumpLockDays',
    /longer/,
  ),
  bad(
    'monthly backups for a week',
    GOLD,
    backups({ monthlyRetentionDays: 7 }),
    'howdah:backups.monthlyRetentionDays',
    /month/,
  ),

  bad(
    'fewer tasks at most than always',
    GOLD,
    pooler({ tasks: 4, maxTasks: 3 }),
    'howdah:pooler.maxTasks',
    /less than/,
  ),
  bad('more tasks than DNS names', GOLD, pooler({ maxTasks: 6 }), 'howdah:pooler.maxTasks', /DNS/),
  bad(
    'a deployment without room',
    GOLD,
    pooler({ surgePercent: 110 }),
    'howdah:pooler.surgePercent',
    /no room/,
  ),
  bad('a size Fargate does not have', GOLD, pooler({ vcpus: 3 }), 'howdah:pooler.vcpus', /1, 2, 4/),
  bad(
    'memory Fargate does not have',
    GOLD,
    pooler({ memoryMib: 2048 }),
    'howdah:pooler.memoryMib',
    /4096 to 16384/,
  ),
  bad(
    'memory of the runner that Fargate does not have',
    GOLD,
    { 'howdah:runner': { memoryMib: 512 } },
    'howdah:runner.memoryMib',
    /2048/,
  ),
  bad(
    'RDS Proxy before a replica',
    BRONZE,
    {
      ...pooler({ kind: 'rds-proxy' }),
      ...database({ source: { kind: 'replica', of: `arn:aws:rds:eu-west-1:${ACCOUNT}:db:other` } }),
    },
    'howdah:pooler.kind',
    /primary only/,
  ),
  bad(
    'a tunnel without a port',
    GOLD,
    { 'howdah:access': { through: 'tunnel' } },
    'howdah:access.tunnelPort',
    /missing/,
  ),
  bad(
    'poolers that a deployment would let take too much',
    GOLD,
    database({ maxConnections: 100 }),
    'howdah:pooler.vcpus',
    /during a rollout/,
  ),
]

describe('settings that do not fit together', () => {
  test.each(CASES)('$what', ({ on, config, keys, says }) => {
    const error = refusal({ ...on, ...config })
    expect(error?.problems.map(({ key }) => key)).toEqual(keys)
    expect(error?.message).toMatch(says)
    expect(error).toBeInstanceOf(RunError)
  })

  test.each([
    ['gold', GOLD],
    ['silver', SILVER],
    ['bronze', BRONZE],
    [
      'bronze that is production',
      {
        ...BRONZE,
        'howdah:production': true,
        ...database({ instanceClass: 'db.m7g.large' }),
        'howdah:alarms': { enabled: true, emails: ['a@example.com'] },
      },
    ],
    [
      'a compliance lock with consent',
      { ...GOLD, ...backups({ lock: 'compliance', iUnderstandThisIsIrreversible: true }) },
    ],
    ['blue/green without replicas', { ...BRONZE, ...database({ blueGreenUpdate: true }) }],
    [
      'a new generation from the one before',
      { ...GOLD, ...database({ generation: 2, source: { kind: 'pointInTime', instance: 'shop-prod-g1' } }) },
    ],
    ['AWS Backup as the owner', { ...GOLD, ...backups({ owner: 'aws-backup' }) }],
    [
      'an existing VPC',
      { ...GOLD, ...network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'abc') }) },
    ],
    ['operations on a large gp3 disk', { ...GOLD, ...database({ iops: 12_000, throughputMibps: 500 }) }],
    ['RDS Proxy', { ...GOLD, ...pooler({ kind: 'rds-proxy' }) }],
  ] as const)('%s is taken', (_, config) => {
    expect(refusal(config)?.message).toBeUndefined()
  })

  test('everything that is wrong is said at once', () => {
    const error = refusal({
      ...GOLD,
      ...database({ port: 5432, multiAz: false, backupWindow: '02:30-03:30', blueGreenUpdate: true }),
      ...backups({ lock: 'compliance' }),
    })
    expect(error?.problems.map(({ key }) => key)).toEqual([
      'howdah:database.port',
      'howdah:database.multiAz',
      'howdah:database.maintenanceWindow',
      'howdah:database.blueGreenUpdate',
      'howdah:backups.iUnderstandThisIsIrreversible',
    ])
    for (const { key, message } of error?.problems ?? [])
      expect(error?.message).toContain(`${key}: ${message}`)
  })
})
