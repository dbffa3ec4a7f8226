import * as aws from '@pulumi/aws'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import { trustedService, trustedTasks } from '../iam-documents.ts'
import { transformed } from '../transform.ts'
import { createRole } from './backup-roles.ts'
import type { BackupsArgs, DumpsArgs } from './backups-args.ts'
import {
  type DumpScope,
  readerStatements,
  replicationStatements,
  verdictStatement,
  writerStatements,
} from './dump-roles.ts'
import { createDumpsBucket, type DumpsBucket } from './dumps-bucket.ts'

/** Where dumps go, and who may put and get them. */
export interface Dumps {
  readonly bucket: aws.s3.Bucket
  readonly recoveryBucket: aws.s3.Bucket | undefined
  readonly writer: aws.iam.Role
  readonly reader: aws.iam.Role
}

/** The bucket for logical dumps, its copy in the recovery region, and the roles of who writes and who verifies. */
export function createDumps(
  name: string,
  args: BackupsArgs,
  dumps: DumpsArgs,
  options: CustomResourceOptions,
): Dumps {
  const { estate, transform = {} } = args
  const here = createDumpsBucket(
    {
      name: `${name}-dumps`,
      estate,
      region: estate.region,
      keyArn: dumps.keyArn,
      dumps,
      accessLogBucket: dumps.accessLogBucket,
      transform,
    },
    options,
  )
  const scope = { bucketArn: here.bucket.arn, keyArn: dumps.keyArn, region: estate.region }
  const role = (kind: 'writer' | 'reader') =>
    createRole(
      {
        name: `${name}-dump-${kind}`,
        awsName: `${estate.prefix}-dump-${kind}`,
        description:
          kind === 'writer'
            ? 'Puts dumps; reads and removes none.'
            : 'Verifies dumps and test restores; writes no dump.',
        estate,
        trust: trustedTasks(args.accountId),
        statements:
          kind === 'writer'
            ? writerStatements(scope)
            : [...readerStatements(scope), ...(args.restoreTesting ? [verdictStatement] : [])],
        transform,
      },
      options,
    )
  return {
    bucket: here.bucket,
    recoveryBucket: replicate(name, args, dumps, { here, scope }, options),
    writer: role('writer'),
    reader: role('reader'),
  }
}

function replicate(
  name: string,
  args: BackupsArgs,
  dumps: DumpsArgs,
  source: { readonly here: DumpsBucket; readonly scope: DumpScope },
  options: CustomResourceOptions,
): aws.s3.Bucket | undefined {
  const { estate, transform = {} } = args
  if (dumps.recoveryKeyArn === undefined || estate.recoveryRegion === undefined) return undefined
  const there = createDumpsBucket(
    {
      name: `${name}-recovery-dumps`,
      estate,
      region: estate.recoveryRegion,
      keyArn: dumps.recoveryKeyArn,
      dumps,
      // Access logs cannot go to a bucket of another region.
      accessLogBucket: undefined,
      transform,
    },
    options,
  )
  const destination = {
    bucketArn: there.bucket.arn,
    keyArn: dumps.recoveryKeyArn,
    region: estate.recoveryRegion,
  }
  const role = createRole(
    {
      name: `${name}-dump-replication`,
      awsName: `${estate.prefix}-dump-replication`,
      description: 'S3 copies dumps to the recovery region.',
      estate,
      trust: trustedService('s3.amazonaws.com'),
      statements: replicationStatements({ source: source.scope, destination }),
      transform,
    },
    options,
  )
  new aws.s3.BucketReplicationConfig(
    `${name}-dumps-replication`,
    ...transformed(
      transform.dumpsReplication,
      {
        bucket: source.here.bucket.id,
        region: estate.region,
        role: role.arn,
        rules: [
          {
            id: 'to-the-recovery-region',
            status: 'Enabled',
            filter: {},
            // A deletion here is not repeated there.
            deleteMarkerReplication: { status: 'Disabled' },
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
            destination: {
              bucket: there.bucket.arn,
              encryptionConfiguration: { replicaKmsKeyId: dumps.recoveryKeyArn },
              // With a bound of 15 minutes, by which S3 measures and tells of copies that are late.
              metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
              replicationTime: { status: 'Enabled', time: { minutes: 15 } },
            },
          },
        ],
      },
      { ...options, dependsOn: [...source.here.settings, ...there.settings] },
    ),
  )
  return there.bucket
}
