import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, type Input, interpolate } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { policyDocument } from '../iam-documents.ts'
import { RefusedSetting } from '../refused-setting.ts'
import { transformed } from '../transform.ts'
import type { BackupsTransform, DumpsArgs } from './backups-args.ts'
import { requireConsent } from './vault-lock.ts'

/** S3 keeps what an upload left behind, invisible and paid for, until somebody ends the upload. */
const ABORT_UPLOADS_AFTER_DAYS = 2

/** A bucket as everything in it has to wait for: nothing is put in before it is versioned, encrypted, closed and locked. */
export interface DumpsBucket {
  readonly bucket: aws.s3.Bucket
  readonly settings: readonly aws.s3.BucketVersioning[]
}

export interface DumpsBucketSettings {
  readonly name: string
  readonly estate: Estate
  readonly region: string
  readonly keyArn: Input<string>
  readonly dumps: DumpsArgs
  readonly accessLogBucket: Input<string> | undefined
  readonly transform: BackupsTransform
}

/** Refuses what S3 would take and nobody can want: dumps that outlive their bucket's rules, a lock for ever without consent. */
export function checkDumps({ lock, retentionDays }: DumpsArgs): void {
  if (lock.days > retentionDays)
    throw new RefusedSetting(
      'howdah:backups.dumpRetentionDays',
      `${retentionDays} days are fewer than the ${lock.days} for which a dump is locked; S3 would keep it as a hidden version`,
    )
  if (lock.mode === 'compliance' && lock.days > 0)
    requireConsent(
      'howdah:backups.dumpLockMode',
      lock.iUnderstandThisIsIrreversible,
      `nobody can delete a dump within ${lock.days} days`,
    )
}

/** The bucket of one region with all that belongs to it. */
export function createDumpsBucket(
  settings: DumpsBucketSettings,
  options: CustomResourceOptions,
): DumpsBucket {
  const { name, estate, region, transform, dumps } = settings
  const kept = { ...options, protect: estate.production, retainOnDelete: estate.production }
  const bucket = new aws.s3.Bucket(
    name,
    ...transformed(
      transform.dumpsBucket,
      // Object Lock can only be had from birth: it is always possible, and whether it applies is a setting.
      { region, objectLockEnabled: true, forceDestroy: !estate.production, tags: estate.tags },
      kept,
    ),
  )
  const on = { bucket: bucket.id, region }
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    ...transformed(
      transform.dumpsVersioning,
      { ...on, versioningConfiguration: { status: 'Enabled' } },
      options,
    ),
  )
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    ...transformed(
      transform.dumpsEncryption,
      {
        ...on,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: settings.keyArn },
            bucketKeyEnabled: true,
          },
        ],
      },
      options,
    ),
  )
  const publicAccess = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access`,
    ...transformed(
      transform.dumpsPublicAccess,
      {
        ...on,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      options,
    ),
  )
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    ...transformed(
      transform.dumpsOwnership,
      { ...on, rule: { objectOwnership: 'BucketOwnerEnforced' } },
      options,
    ),
  )
  if (dumps.lock.days > 0)
    new aws.s3.BucketObjectLockConfiguration(
      `${name}-object-lock`,
      ...transformed(
        transform.dumpsObjectLock,
        {
          ...on,
          rule: { defaultRetention: { mode: dumps.lock.mode.toUpperCase(), days: dumps.lock.days } },
        },
        { ...options, dependsOn: versioning },
      ),
    )
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    ...transformed(
      transform.dumpsLifecycle,
      { ...on, rules: lifecycleRules(dumps) },
      { ...options, dependsOn: versioning },
    ),
  )
  new aws.s3.BucketPolicy(
    `${name}-policy`,
    ...transformed(
      transform.dumpsPolicy,
      { ...on, policy: bucketPolicy(bucket.arn, settings.keyArn) },
      // S3 refuses two changes of a bucket's access at once.
      { ...options, dependsOn: publicAccess },
    ),
  )
  if (settings.accessLogBucket !== undefined)
    new aws.s3.BucketLogging(
      `${name}-logging`,
      ...transformed(
        transform.dumpsLogging,
        { ...on, targetBucket: settings.accessLogBucket, targetPrefix: `${estate.prefix}/${name}/` },
        options,
      ),
    )
  return { bucket, settings: [versioning] }
}

function lifecycleRules({ retentionDays }: DumpsArgs): aws.types.input.s3.BucketLifecycleConfigurationRule[] {
  return [
    {
      id: 'expire-dumps',
      status: 'Enabled',
      filter: {},
      expiration: { days: retentionDays },
      // What expired is a version for one more day, unless its lock lasts longer.
      noncurrentVersionExpiration: { noncurrentDays: 1 },
      abortIncompleteMultipartUpload: { daysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS },
    },
    {
      // S3 takes no rule that expires by days and removes delete markers at once.
      id: 'remove-delete-markers',
      status: 'Enabled',
      filter: {},
      expiration: { expiredObjectDeleteMarker: true },
    },
  ]
}

function bucketPolicy(bucketArn: Input<string>, keyArn: Input<string>) {
  const [itself, objects] = [interpolate`${bucketArn}`, interpolate`${bucketArn}/*`]
  return policyDocument([
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [itself, objects],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Sid: 'NoOldTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [itself, objects],
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    },
    {
      // An upload that says nothing of encryption gets the bucket's key; one that asks for another kind, another key or, by naming none, AWS's own is refused.
      Sid: 'NoOtherKey',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: objects,
      Condition: {
        StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': keyArn },
        Null: { 's3:x-amz-server-side-encryption': 'false' },
      },
    },
    {
      // Nobody could read such an object but who wrote it.
      Sid: 'NoKeyOfTheCaller',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: objects,
      Condition: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
    },
  ])
}
