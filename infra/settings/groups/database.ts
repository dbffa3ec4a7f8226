import { z } from 'zod'
import {
  choice,
  dailyWindow,
  flag,
  instanceClass,
  instanceIdentifier,
  integer,
  listOf,
  matching,
  text,
  textMap,
  weeklyWindow,
} from '../kinds.ts'
import { byTier, defaulted, inProduction, optional } from '../setting.ts'

const pointInTime = z.strictObject(
  {
    kind: z.literal('pointInTime'),
    instance: instanceIdentifier().optional().describe('identifier of the instance to go back in'),
    resourceId: matching(/^db-[A-Z0-9]+$/, 'a DbiResourceId').optional(),
    automatedBackupsArn: matching(
      /^arn:aws:rds:[a-z0-9-]+:\d{12}:auto-backup:.+$/,
      'an ARN of automated backups',
    ).optional(),
    time: z.iso.datetime('must be a time in UTC, as 2027-01-31T12:00:00Z').optional(),
  },
  'must have the keys of its kind',
)

const source = () =>
  z.preprocess(
    value => (typeof value === 'string' && !value.startsWith('{') ? { kind: value } : value),
    z.discriminatedUnion(
      'kind',
      [
        z.strictObject({ kind: z.literal('new') }),
        z.strictObject({ kind: z.literal('snapshot'), snapshot: text() }),
        pointInTime,
        z.strictObject({
          kind: z.literal('replica'),
          of: matching(/^arn:aws:rds:[a-z0-9-]+:\d{12}:db:.+$/, 'the ARN of the instance to follow'),
        }),
        z.strictObject({ kind: z.literal('promoted') }),
      ],
      'must be new, or {kind: snapshot, snapshot}, {kind: pointInTime, instance | resourceId | automatedBackupsArn, time}, {kind: replica, of}, {kind: promoted}',
    ),
  )

/** Settings below `howdah:database`: what it is, and how large. */
export const DATABASE = {
  source: defaulted(
    source(),
    { kind: 'new' } as const,
    'Where the data comes from: `new`, a snapshot, a point in time, or another instance it follows. Changing it leaves the instance alone: raise `generation` for a new one; only `promoted` makes one that followed another stand alone.',
  ),
  generation: defaulted(
    integer(1, 999),
    1,
    'Number at the end of the identifier. Each restore is a new generation beside the old one.',
  ),
  version: defaulted(
    matching(/^1[5-8](\.\d{1,2})?$/, 'a version of Postgres from 15 to 18, as 17'),
    '17',
    'Version of Postgres. A major version alone lets AWS choose the minor one, and upgrade it.',
  ),
  instanceClass: defaulted(
    instanceClass(),
    byTier('db.t4g.medium', 'db.m7g.large', 'db.r8g.xlarge'),
    'Size of the instance.',
  ),
  allocatedStorageGib: defaulted(integer(20, 65_536), byTier(20, 100, 400), 'Disk, in GiB.'),
  maxAllocatedStorageGib: defaulted(
    integer(0, 65_536),
    byTier(100, 400, 1600),
    'Up to where the disk grows by itself, in GiB; 0: it does not.',
  ),
  storageType: defaulted(choice('gp3', 'io1', 'io2'), 'gp3', 'Kind of disk.'),
  iops: optional(
    integer(1000, 256_000),
    'Input and output operations a second. Absent: the baseline of the disk.',
  ),
  throughputMibps: optional(integer(125, 4000), 'Throughput of a gp3 disk in MiB/s. Absent: its baseline.'),
  dedicatedLogVolume: defaulted(flag(), false, 'Whether WAL has a disk of its own; for io1 and io2.'),
  name: optional(
    matching(/^[a-z][a-z0-9_]{0,62}$/, 'a name of a database'),
    'Name of the database. Absent: the application, with underscores.',
  ),
  masterUsername: optional(
    matching(/^[a-z][a-z0-9_]{0,62}$/, 'a name of a role'),
    'Name of the master user, which nobody but `howdah setup access` uses. Absent: `pgadmin_` and the application.',
  ),
  masterRotationDays: defaulted(
    integer(1, 365),
    30,
    "How often the master user's password is changed, in days; RDS's own default is 7.",
  ),
  port: defaulted(integer(1150, 65_535), inProduction(5433, 5432), 'Port of the instance and its replicas.'),
  multiAz: defaulted(
    flag(),
    byTier(false, true, true),
    'Whether a standby in another zone takes over by itself.',
  ),
  availabilityZone: optional(
    matching(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone'),
    'Zone of an instance without a standby. Absent: AWS chooses.',
  ),
  maxConnections: defaulted(
    integer(25, 5000),
    byTier(200, 400, 1000),
    '`max_connections`, set by us so that the budget of the poolers does not move with the class.',
  ),
  preloadLibraries: defaulted(
    listOf(matching(/^[a-z_0-9]+$/, 'the name of a library')),
    ['pg_stat_statements', 'pgaudit', 'auto_explain'],
    '`shared_preload_libraries`: adding one needs a restart.',
  ),
  logicalReplication: defaulted(
    flag(),
    false,
    'Whether logical replication is possible; a slot that nobody reads fills the disk.',
  ),
  parameters: defaulted(
    textMap(matching(/^[a-z_]+(\.[a-z_]+)?$/, 'the name of a parameter'), z.coerce.string()),
    {},
    'Further parameters of the server, or other values for ours.',
  ),
  certificateBundle: optional(
    text(),
    'File with the certificate authorities of RDS in the region (PEM), from the root of the checkout. Absent: poolers and the runner encrypt without checking whom they talk to.',
  ),
}

/** More of `howdah:database`: how it is run. */
export const DATABASE_OPERATION = {
  backupRetentionDays: defaulted(
    integer(0, 35),
    byTier(7, 14, 35),
    'How far back a point in time can be restored, in days.',
  ),
  backupWindow: defaulted(dailyWindow(), '01:00-02:00', 'When the daily snapshot is taken, in UTC.'),
  maintenanceWindow: defaulted(
    weeklyWindow(),
    'sun:03:00-sun:04:00',
    'When AWS patches and restarts, in UTC.',
  ),
  autoMinorVersionUpgrade: defaulted(
    flag(),
    true,
    'Whether minor versions are installed in the maintenance window.',
  ),
  allowMajorVersionUpgrade: defaulted(
    flag(),
    inProduction(false, true),
    'Whether changing `version` may upgrade to another major version.',
  ),
  blueGreenUpdate: defaulted(
    flag(),
    false,
    'Whether changes are made on a copy that then takes over. Not with replicas: they would stay with the old one.',
  ),
  applyImmediately: defaulted(
    flag(),
    inProduction(false, true),
    'Whether changes that restart the server wait for the maintenance window.',
  ),
  deletionProtection: defaulted(
    flag(),
    inProduction(true, false),
    'Whether AWS refuses to delete the instance.',
  ),
  finalSnapshot: defaulted(
    flag(),
    inProduction(true, false),
    'Whether a last snapshot is taken when it is deleted.',
  ),
  deleteAutomatedBackups: defaulted(
    flag(),
    inProduction(false, true),
    'Whether the backups go with the instance; the default of AWS is that they do.',
  ),
  iamAuthentication: defaulted(flag(), true, 'Whether roles can log in with a token of IAM.'),
  publiclyAccessible: defaulted(flag(), false, 'Whether it has an address on the internet. It must not.'),
  certificateAuthority: defaulted(
    choice('rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'),
    'rds-ca-rsa2048-g1',
    'Which of the authorities of RDS signs its certificate.',
  ),
  insightsRetentionDays: defaulted(
    integer(7, 731),
    byTier(7, 7, 465),
    'How long Performance Insights are kept, in days; from 465 on in the advanced mode.',
  ),
  monitoringIntervalSeconds: defaulted(
    z.preprocess(Number, z.literal([0, 1, 5, 10, 15, 30, 60], 'must be one of 0, 1, 5, 10, 15, 30, 60')),
    byTier(60, 30, 15),
    'How often the operating system is measured, in seconds; 0: never.',
  ),
  logExports: defaulted(
    listOf(choice('postgresql', 'upgrade', 'iam-db-auth-error')),
    ['postgresql', 'upgrade'],
    'Which logs go to CloudWatch.',
  ),
  logRetentionDays: defaulted(
    z.preprocess(
      Number,
      z.literal(
        [
          1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
          3653,
        ],
        'must be a number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827…',
      ),
    ),
    byTier(7, 90, 365),
    'How long logs are kept in CloudWatch, in days.',
  ),
  extendedSupport: defaulted(
    flag(),
    false,
    'Whether AWS may keep a major version alive past its end, for a price. Otherwise it upgrades.',
  ),
}

/** Settings below `howdah:replicas`. */
export const REPLICAS = {
  count: defaulted(integer(0, 15), byTier(0, 0, 1), 'Read replicas in the same region.'),
  instanceClass: optional(instanceClass(), "Their size. Absent: the database's."),
  promotable: defaulted(
    flag(),
    true,
    'Whether the first of them has backups, so that it can be promoted at once.',
  ),
  recovery: defaulted(
    flag(),
    byTier(false, false, true),
    'Whether a replica runs in the recovery region, with a standby of its own.',
  ),
  recoveryInstanceClass: optional(instanceClass(), "Its size. Absent: the database's."),
  backupRetentionDays: defaulted(
    integer(0, 35),
    byTier(7, 7, 14),
    'Retention of the replicas that can be promoted, in days.',
  ),
  finalSnapshot: defaulted(
    flag(),
    false,
    'AWS takes no last snapshot of a replica; anything else is refused.',
  ),
  feedback: defaulted(
    flag(),
    true,
    '`hot_standby_feedback`: long queries on a replica are not cancelled, at the price of bloat on the primary.',
  ),
  maxStandbyDelaySeconds: defaulted(
    integer(1, 3600),
    30,
    'How long a query may hold up replay on a replica, in seconds.',
  ),
}
