import { type Input, interpolate, type Output } from '@pulumi/pulumi'
import type { Statement } from '../iam-documents.ts'

export interface DumpScope {
  readonly bucketArn: Output<string>
  readonly keyArn: Input<string>
  readonly region: string
}

/**
 * The writer puts dumps in and can neither read nor remove one, its own included: whoever takes over the runner gets no data and destroys none.
 * `kms:Decrypt` is for uploads in parts, whose key S3 unwraps again for each part.
 */
export function writerStatements({ bucketArn, keyArn, region }: DumpScope): Statement[] {
  return [
    {
      Sid: 'PutDumps',
      Effect: 'Allow',
      Action: [
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
        's3:PutObject',
        's3:PutObjectRetention',
      ],
      Resource: interpolate`${bucketArn}/*`,
    },
    {
      Sid: 'SeeUploads',
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
      Resource: bucketArn,
    },
    keyStatement('EncryptDumps', ['kms:Decrypt', 'kms:GenerateDataKey'], keyArn, region),
  ]
}

/** The verifier reads dumps of any age, with their locks, and writes nothing. */
export function readerStatements({ bucketArn, keyArn, region }: DumpScope): Statement[] {
  return [
    {
      Sid: 'ReadDumps',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectAttributes', 's3:GetObjectRetention', 's3:GetObjectVersion'],
      Resource: interpolate`${bucketArn}/*`,
    },
    {
      Sid: 'ListDumps',
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketVersions'],
      Resource: bucketArn,
    },
    keyStatement('DecryptDumps', ['kms:Decrypt'], keyArn, region),
  ]
}

/** What validates a test restore says so; of restore jobs AWS lets no resource be named. */
export const verdictStatement: Statement = {
  Sid: 'GiveTheVerdictOnTestRestores',
  Effect: 'Allow',
  Action: ['backup:DescribeRestoreJob', 'backup:PutRestoreValidationResult'],
  Resource: '*',
}

export interface ReplicationScope {
  readonly source: DumpScope
  readonly destination: DumpScope
}

/** S3's own role for copying to the other region, locks included. */
export function replicationStatements({ source, destination }: ReplicationScope): Statement[] {
  return [
    {
      Sid: 'ReadSource',
      Effect: 'Allow',
      Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      Resource: source.bucketArn,
    },
    {
      Sid: 'ReadVersions',
      Effect: 'Allow',
      Action: [
        's3:GetObjectLegalHold',
        's3:GetObjectRetention',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionTagging',
      ],
      Resource: interpolate`${source.bucketArn}/*`,
    },
    {
      Sid: 'WriteCopies',
      Effect: 'Allow',
      Action: ['s3:ReplicateObject', 's3:ReplicateTags'],
      Resource: interpolate`${destination.bucketArn}/*`,
    },
    keyStatement('DecryptSource', ['kms:Decrypt'], source.keyArn, source.region),
    keyStatement(
      'EncryptCopies',
      ['kms:Encrypt', 'kms:GenerateDataKey'],
      destination.keyArn,
      destination.region,
    ),
  ]
}

/** Of keys, only what S3 does with them. */
function keyStatement(Sid: string, Action: string[], keyArn: Input<string>, region: string): Statement {
  return {
    Sid,
    Effect: 'Allow',
    Action,
    Resource: keyArn,
    Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
  }
}
