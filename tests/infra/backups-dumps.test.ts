import { describe, expect, test } from 'vitest'
import type { BackupsArgs } from '../../infra/components/backups/backups.ts'
import { ACCOUNT } from '../harness/pulumi-facts.ts'
import {
  allowed,
  BUCKET,
  GOLD,
  HERE_KEY,
  policyOf,
  RETENTION,
  ROLE_POLICY,
  registered,
  registeredGold,
  THERE_KEY,
} from './programs/backups.ts'

describe('the bucket for dumps', () => {
  test('it and its copy are versioned, locked, encrypted, closed to the public, and keep nothing half uploaded', async () => {
    const run = await registeredGold()
    const part = (type: string) =>
      run.of(`aws:s3/${type}:${type[0]?.toUpperCase()}${type.slice(1)}`).map(({ inputs }) => inputs)
    for (const bucket of run.of(BUCKET))
      expect(bucket).toMatchObject({
        protect: true,
        retainOnDelete: true,
        inputs: { objectLockEnabled: true, forceDestroy: false },
      })
    expect(run.of(BUCKET).map(({ inputs }) => inputs.region)).toEqual(['eu-central-1', 'eu-west-1'])
    const both = <T>(there: T, here = there) =>
      [there, here].map(each => expect.objectContaining(each as object)).reverse()
    expect(part('bucketVersioning')).toEqual(both({ versioningConfiguration: { status: 'Enabled' } }))
    expect(part('bucketObjectLockConfiguration')).toEqual(
      both({ rule: { defaultRetention: { mode: 'GOVERNANCE', days: 35 } } }),
    )
    const encryption = (kmsMasterKeyId: string) => ({
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId },
          bucketKeyEnabled: true,
        },
      ],
    })
    expect(part('bucketServerSideEncryptionConfiguration')).toEqual(
      both(encryption(THERE_KEY), encryption(HERE_KEY)),
    )
    expect(part('bucketPublicAccessBlock')).toEqual(
      both({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
    )
    expect(part('bucketOwnershipControls')).toEqual(
      both({ rule: { objectOwnership: 'BucketOwnerEnforced' } }),
    )
    for (const { rules } of part('bucketLifecycleConfiguration'))
      expect(rules).toEqual([
        {
          id: 'expire-dumps',
          status: 'Enabled',
          filter: {},
          expiration: { days: 91 },
          noncurrentVersionExpiration: { noncurrentDays: 1 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
        },
        expect.objectContaining({ expiration: { expiredObjectDeleteMarker: true } }),
      ])
    expect(part('bucketLogging')).toEqual([expect.objectContaining({ targetBucket: 'shop-logs' })])
  })

  test('what comes without TLS, or under another key, is refused', async () => {
    const run = await registeredGold()
    const bucket = run.only(BUCKET, 'backups-dumps').outputs.arn
    const policy = policyOf(run.only('aws:s3/bucketPolicy:BucketPolicy', 'backups-dumps-policy'))
    expect(policy.Statement.every(({ Effect }) => Effect === 'Deny')).toBe(true)
    expect(policy.Statement).toMatchObject([
      {
        Action: 's3:*',
        Resource: [bucket, `${bucket}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      { Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
      {
        Action: 's3:PutObject',
        Resource: `${bucket}/*`,
        Condition: {
          StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': HERE_KEY },
          Null: { 's3:x-amz-server-side-encryption': 'false' },
        },
      },
      {
        Action: 's3:PutObject',
        Condition: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
      },
    ])
  })

  test('it is replicated with its locks and never with its deletions, once both sides have versions', async () => {
    const run = await registeredGold()
    const replication = run.only('aws:s3/bucketReplicationConfig:BucketReplicationConfig')
    expect(replication.inputs.rules).toMatchObject([
      {
        status: 'Enabled',
        deleteMarkerReplication: { status: 'Disabled' },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
        destination: {
          bucket: run.only(BUCKET, 'backups-recovery-dumps').outputs.arn,
          encryptionConfiguration: { replicaKmsKeyId: THERE_KEY },
        },
      },
    ])
    expect(replication.dependencies).toEqual(
      expect.arrayContaining(run.of('aws:s3/bucketVersioning:BucketVersioning').map(({ urn }) => urn)),
    )
  })

  test.each([
    ['howdah:backups.dumpLockMode', { lock: { mode: 'compliance' as const, days: 35 }, retentionDays: 91 }],
    [
      'howdah:backups.dumpRetentionDays',
      { lock: { mode: 'governance' as const, days: 35 }, retentionDays: 34 },
    ],
  ])(
    '%s: a lock for good without consent, or one longer than what it locks, is refused',
    async (setting, change) => {
      await expect(registered({ ...GOLD, dumps: { keyArn: HERE_KEY, ...change } })).rejects.toMatchObject({
        setting,
      })
    },
  )

  test('with consent the lock is for good; without days there is none', async () => {
    const dumps = { keyArn: HERE_KEY, retentionDays: 91 }
    const locked = await registered({
      ...GOLD,
      dumps: { ...dumps, lock: { mode: 'compliance', days: 35, iUnderstandThisIsIrreversible: true } },
    })
    const type = 'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration'
    expect(locked.only(type).inputs.rule).toEqual({ defaultRetention: { mode: 'COMPLIANCE', days: 35 } })
    const open = await registered({ ...GOLD, dumps: { ...dumps, lock: { mode: 'governance', days: 0 } } })
    expect(open.of(type)).toEqual([])
  })
})

describe('roles', () => {
  test('no role may delete but that of AWS Backup, and that one only what it made itself', async () => {
    const run = await registeredGold()
    const deletions = run.of(ROLE_POLICY).flatMap(each =>
      allowed(policyOf(each))
        .filter(action => /delete|bypass|\*/i.test(action))
        .map(action => `${each.name}: ${action}`),
    )
    expect(deletions).toEqual([
      'backups-backup-role-policy: rds:DeleteDBSnapshot',
      'backups-backup-role-policy: rds:DeleteDBInstanceAutomatedBackup',
    ])
    const backup = policyOf(run.only(ROLE_POLICY, 'backups-backup-role-policy'))
    expect(backup.Statement.find(({ Action }) => Action.includes('rds:DeleteDBSnapshot'))?.Resource).toEqual([
      `arn:aws:rds:eu-central-1:${ACCOUNT}:snapshot:awsbackup:*`,
      `arn:aws:rds:eu-west-1:${ACCOUNT}:snapshot:awsbackup:*`,
    ])
  })

  test('the writer of dumps reads none and their reader writes none', async () => {
    const run = await registeredGold()
    expect(allowed(policyOf(run.only(ROLE_POLICY, 'backups-dump-writer-policy')))).toEqual([
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
      's3:PutObject',
      's3:PutObjectRetention',
      's3:GetBucketLocation',
      's3:ListBucketMultipartUploads',
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ])
    const reader = allowed(policyOf(run.only(ROLE_POLICY, 'backups-dump-reader-policy')))
    expect(reader.filter(action => !/^(s3:(Get|List)|kms:Decrypt$)/.test(action))).toEqual([
      'backup:DescribeRestoreJob',
      'backup:PutRestoreValidationResult',
    ])
  })

  test('resources are named; only what AWS cannot name is everything', async () => {
    const run = await registeredGold()
    const everything = run
      .of(ROLE_POLICY)
      .flatMap(each => policyOf(each).Statement.filter(({ Resource }) => [Resource].flat().includes('*')))
    expect(everything.map(({ Action }) => Action)).toEqual([
      'tag:GetResources',
      ['backup:DescribeRestoreJob', 'backup:PutRestoreValidationResult'],
    ])
  })

  test('AWS Backup manages the instance only where the plan is continuous', async () => {
    const actions = async (args: BackupsArgs) =>
      allowed(policyOf((await registered(args)).only(ROLE_POLICY, 'backups-backup-role-policy')))
    expect(await actions(GOLD)).toContain('rds:ModifyDBInstance')
    expect(await actions({ ...GOLD, retention: RETENTION.silver })).not.toContain('rds:ModifyDBInstance')
  })
})
