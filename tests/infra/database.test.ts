import { describe, expect, test } from 'vitest'
import { Database, type DatabaseArgs } from '../../infra/components/database/database.ts'
import type { InstanceOperation } from '../../infra/components/instance/operation.ts'
import { type ServerSettings, serverParameters } from '../../infra/components/instance/server-parameters.ts'
import { Replicas, type ReplicasArgs } from '../../infra/components/replicas.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { PRODUCTION } from './programs/estates.ts'

const INSTANCE = 'aws:rds/instance:Instance'
const estate = PRODUCTION
const operation: InstanceOperation = {
  port: 5433,
  maintenanceWindow: 'sun:03:00-sun:04:00',
  autoMinorVersionUpgrade: true,
  allowMajorVersionUpgrade: false,
  applyImmediately: false,
  deletionProtection: true,
  deleteAutomatedBackups: false,
  iamAuthentication: true,
  publiclyAccessible: false,
  certificateAuthority: 'rds-ca-rsa2048-g1',
  insightsRetentionDays: 465,
  monitoringIntervalSeconds: 15,
  logExports: ['postgresql', 'upgrade'],
  logRetentionDays: 365,
  extendedSupport: false,
}
const server: ServerSettings = {
  majorVersion: '17',
  maxConnections: 1000,
  preloadLibraries: ['pg_stat_statements', 'pgaudit', 'auto_explain'],
  logicalReplication: false,
  allocatedStorageGib: 400,
  overrides: {},
}
const key = (region: string) => `arn:aws:kms:${region}:123456789012:key/k`

const ARGS: DatabaseArgs = {
  estate,
  accountId: '123456789012',
  source: { kind: 'new', databaseName: 'shop', masterUsername: 'pgadmin_shop' },
  generation: 1,
  version: '17',
  instanceClass: 'db.r8g.xlarge',
  storage: {
    allocatedGib: 400,
    maxAllocatedGib: 1600,
    type: 'gp3',
    iops: undefined,
    throughputMibps: undefined,
    dedicatedLogVolume: false,
  },
  server,
  operation,
  multiAz: true,
  availabilityZone: undefined,
  blueGreenUpdate: false,
  finalSnapshot: true,
  backup: { retentionDays: 35, window: '01:00-02:00', ownedByBackupPlan: false },
  selectedTag: { key: 'backup-tier', value: 'gold' },
  masterRotationDays: 30,
  subnetGroupName: 'subnets',
  securityGroupIds: ['sg-1'],
  dataKeyArn: key('eu-central-1'),
  secretsKeyArn: key('eu-central-1'),
}
const database = (over: Partial<DatabaseArgs> = {}) =>
  registrationsOf(() => {
    new Database('database', { ...ARGS, ...over })
  })

describe('the database', () => {
  test('of production is private, encrypted, guarded twice, and has a standby', async () => {
    const { inputs, protect, retainOnDelete } = (await database()).only(INSTANCE)
    expect(inputs).toMatchObject({
      identifier: 'shop-prod-g1',
      publiclyAccessible: false,
      storageEncrypted: true,
      kmsKeyId: key('eu-central-1'),
      multiAz: true,
      deletionProtection: true,
      deleteAutomatedBackups: false,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: 'shop-prod-g1-final',
      databaseInsightsMode: 'advanced',
      engineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      tags: { ...PRODUCTION.tags, 'backup-tier': 'gold' },
    })
    expect([protect, retainOnDelete]).toEqual([true, true])
  })

  test("has RDS's own master password, which no program ever knows", async () => {
    const { only } = await database()
    const { inputs } = only(INSTANCE)
    expect(inputs.manageMasterUserPassword).toBe(true)
    expect(Object.keys(inputs).filter(name => /^password/.test(name))).toEqual([])
    expect(only('aws:secretsmanager/secretRotation:SecretRotation').inputs).toMatchObject({
      rotationRules: { automaticallyAfterDays: 30 },
      rotateImmediately: false,
    })
  })

  test('is made after its log groups, which RDS would otherwise make without an end', async () => {
    const { only, of } = await database()
    const groups = of('aws:cloudwatch/logGroup:LogGroup')
    expect(groups.map(({ inputs }) => [inputs.name, inputs.retentionInDays])).toEqual([
      ['/aws/rds/instance/shop-prod-g1/postgresql', 365],
      ['/aws/rds/instance/shop-prod-g1/upgrade', 365],
    ])
    expect(only(INSTANCE).dependencies).toEqual(expect.arrayContaining(groups.map(({ urn }) => urn)))
  })

  test('of a new generation is another resource beside the old one', async () => {
    const source = { kind: 'pointInTime', instance: 'shop-prod-g1', time: '2027-01-31T12:00:00Z' } as const
    const { name, inputs } = (await database({ generation: 2, source })).only(INSTANCE)
    expect(name).toBe('database-g2-instance')
    expect(inputs).toMatchObject({
      identifier: 'shop-prod-g2',
      multiAz: true,
      vpcSecurityGroupIds: ['sg-1'],
      manageMasterUserPassword: true,
      restoreToPointInTime: {
        sourceDbInstanceIdentifier: 'shop-prod-g1',
        restoreTime: '2027-01-31T12:00:00Z',
      },
    })
    expect(inputs.username).toBeUndefined()
    expect(inputs.dbName).toBeUndefined()
  })

  test('that follows another has no master of its own, and only `promoted` may end that', async () => {
    const following = await database({
      source: { kind: 'replica', of: 'arn:aws:rds:eu-west-1:123456789012:db:a' },
    })
    expect(following.only(INSTANCE).inputs.manageMasterUserPassword).toBeUndefined()
    expect(following.of('aws:secretsmanager/secretRotation:SecretRotation')).toEqual([])
    for (const [source, ignored] of [
      [ARGS.source, true],
      [{ kind: 'snapshot', snapshot: 's' }, true],
      [{ kind: 'replica', of: 'arn:aws:rds:eu-west-1:123456789012:db:a' }, true],
      [{ kind: 'promoted' }, false],
    ] as const)
      expect((await database({ source })).only(INSTANCE).ignoreChanges.includes('replicateSourceDb')).toBe(
        ignored,
      )
  })

  test('leaves window and retention to AWS Backup where that owns them', async () => {
    const backup = { ...ARGS.backup, ownedByBackupPlan: true }
    expect((await database({ backup })).only(INSTANCE).ignoreChanges).toEqual(
      expect.arrayContaining(['backupRetentionPeriod', 'backupWindow']),
    )
  })

  test('can be changed in whatever no setting reaches', async () => {
    const instance = (
      await database({
        transform: {
          instance: args => {
            args.licenseModel = 'x'
          },
        },
      })
    ).only(INSTANCE)
    expect(instance.inputs.licenseModel).toBe('x')
  })
})

describe('parameters', () => {
  const value = (name: string, over: Partial<ServerSettings> = {}) =>
    serverParameters({ ...server, ...over }).find(parameter => parameter.name === name)

  test('encrypt, log no passwords, and bound no statement for everybody', () => {
    expect(value('rds.force_ssl')?.value).toBe('1')
    expect(value('log_statement')?.value).toBe('none')
    for (const name of ['statement_timeout', 'lock_timeout', 'transaction_timeout'])
      expect(value(name)).toBeUndefined()
  })

  test('that need a restart say so, and so do those nobody knows', () => {
    expect(value('shared_preload_libraries')?.applyMethod).toBe('pending-reboot')
    expect(value('deadlock_timeout')?.applyMethod).toBe('immediate')
    expect(value('huge_pages', { overrides: { huge_pages: 'on' } })).toMatchObject({
      applyMethod: 'pending-reboot',
    })
  })

  test("are the user's where given, and a replica's where it is one", () => {
    expect(value('deadlock_timeout', { overrides: { deadlock_timeout: '500' } })?.value).toBe('500')
    expect(value('hot_standby_feedback')).toBeUndefined()
    const standby = { feedback: true, maxDelaySeconds: 30 }
    expect(value('hot_standby_feedback', { standby })?.value).toBe('1')
    expect(value('max_standby_streaming_delay', { standby })?.value).toBe('30000')
  })
})

describe('replicas', () => {
  const place = (region: string) => ({
    region,
    subnetGroupName: `subnets-${region}`,
    securityGroupIds: ['sg-1'],
    dataKeyArn: key(region),
  })
  const REPLICAS: ReplicasArgs = {
    estate,
    sourceArn: 'arn:aws:rds:eu-central-1:123456789012:db:shop-prod-g1',
    sourceIdentifier: 'shop-prod-g1',
    generation: 1,
    count: 2,
    instanceClass: 'db.r8g.xlarge',
    promotable: true,
    backupRetentionDays: 14,
    backupWindow: '01:00-02:00',
    storage: { type: 'gp3', maxAllocatedGib: 1600 },
    operation,
    server,
    monitoringRoleArn: undefined,
    here: place('eu-central-1'),
    recovery: { ...place('eu-west-1'), instanceClass: 'db.r8g.xlarge' },
  }

  test('are private, guarded, never snapshot at their end, and one of them can be promoted', async () => {
    const made = (
      await registrationsOf(() => {
        new Replicas('replicas', REPLICAS)
      })
    ).of(INSTANCE)
    expect(made.map(({ name, inputs }) => [name, inputs.backupRetentionPeriod, inputs.multiAz])).toEqual([
      ['replicas-g1-1', 14, false],
      ['replicas-g1-2', 0, false],
      ['replicas-g1-recovery', 14, true],
    ])
    for (const { inputs, protect, ignoreChanges } of made) {
      expect(inputs).toMatchObject({
        publiclyAccessible: false,
        skipFinalSnapshot: true,
        storageEncrypted: true,
      })
      expect(inputs.finalSnapshotIdentifier).toBeUndefined()
      expect(protect).toBe(true)
      expect(ignoreChanges).toContain('replicateSourceDb')
    }
    const recovery = made.at(-1)?.inputs
    expect(recovery).toMatchObject({
      region: 'eu-west-1',
      kmsKeyId: key('eu-west-1'),
      dbSubnetGroupName: 'subnets-eu-west-1',
    })
    expect(made[0]?.inputs.kmsKeyId).toBeUndefined()
  })
})
