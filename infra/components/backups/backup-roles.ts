import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { policyDocument, type Statement } from '../iam-documents.ts'
import { transformed } from '../transform.ts'
import type { BackupsTransform } from './backups-args.ts'

/** A role and the one policy it has. */
export interface RoleSettings {
  readonly name: string
  readonly awsName: string
  readonly description: string
  readonly estate: Estate
  readonly trust: Output<string>
  readonly statements: readonly Statement[]
  readonly transform: BackupsTransform
}

export function createRole(settings: RoleSettings, options: CustomResourceOptions): aws.iam.Role {
  const { name, transform } = settings
  const role = new aws.iam.Role(
    name,
    ...transformed(
      transform.role,
      {
        name: settings.awsName,
        description: settings.description,
        assumeRolePolicy: settings.trust,
        tags: settings.estate.tags,
      },
      options,
    ),
  )
  new aws.iam.RolePolicy(
    `${name}-policy`,
    ...transformed(
      transform.rolePolicy,
      { role: role.id, policy: policyDocument(settings.statements) },
      options,
    ),
  )
  return role
}

export interface BackupScope {
  readonly accountId: Input<string>
  readonly regions: readonly string[]
  readonly instanceArn: Input<string>
  readonly vaultArns: readonly Input<string>[]
  readonly keyArns: readonly Input<string>[]
  /** Whether AWS Backup manages the instance's automated backups. */
  readonly continuous: boolean
}

/**
 * What AWS Backup needs to take, copy and expire snapshots of one instance: the statements for RDS of the managed policy
 * AWSBackupServiceRolePolicyForBackup (v20), on our resources. It may delete snapshots of its own making, by which they expire;
 * the vault's lock stands before that.
 */
export function backupStatements(scope: BackupScope): Statement[] {
  const { accountId, regions, instanceArn } = scope
  const snapshots = regions.map(region => interpolate`arn:aws:rds:${region}:${accountId}:snapshot:*`)
  const ownSnapshots = regions.map(
    region => interpolate`arn:aws:rds:${region}:${accountId}:snapshot:awsbackup:*`,
  )
  const automated = interpolate`arn:aws:rds:${regions[0]}:${accountId}:auto-backup:*`
  return [
    {
      Sid: 'SeeInstanceAndSnapshots',
      Effect: 'Allow',
      Action: ['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots', 'rds:ListTagsForResource'],
      Resource: [instanceArn, ...snapshots],
    },
    {
      Sid: 'TakeAndCopySnapshots',
      Effect: 'Allow',
      Action: ['rds:AddTagsToResource', 'rds:CopyDBSnapshot', 'rds:CreateDBSnapshot'],
      Resource: [instanceArn, ...snapshots],
    },
    {
      Sid: 'ShareAndExpireItsOwnSnapshots',
      Effect: 'Allow',
      Action: ['rds:DeleteDBSnapshot', 'rds:ModifyDBSnapshotAttribute'],
      Resource: ownSnapshots,
    },
    ...(scope.continuous ? continuousStatements(instanceArn, automated) : []),
    {
      Sid: 'PutIntoVaults',
      Effect: 'Allow',
      Action: ['backup:CopyFromBackupVault', 'backup:CopyIntoBackupVault', 'backup:DescribeBackupVault'],
      Resource: [...scope.vaultArns],
    },
    // It has no resources that could be named.
    { Sid: 'FindTaggedResources', Effect: 'Allow', Action: 'tag:GetResources', Resource: '*' },
    ...keyStatements(scope.keyArns),
  ]
}

function continuousStatements(instanceArn: Input<string>, automated: Output<string>): Statement[] {
  return [
    {
      Sid: 'ManageAutomatedBackups',
      Effect: 'Allow',
      Action: 'rds:ModifyDBInstance',
      Resource: instanceArn,
    },
    {
      Sid: 'ExpireAutomatedBackups',
      Effect: 'Allow',
      Action: ['rds:DeleteDBInstanceAutomatedBackup', 'rds:DescribeDBInstanceAutomatedBackups'],
      Resource: automated,
    },
  ]
}

/** What AWS Backup needs to restore for a test. It deletes what it restored by its own service-linked role, so this one deletes nothing. */
export function restoreStatements(scope: BackupScope): Statement[] {
  const here = interpolate`arn:aws:rds:${scope.regions[0]}:${scope.accountId}`
  return [
    {
      Sid: 'SeeInstancesAndSnapshots',
      Effect: 'Allow',
      Action: [
        'rds:DescribeDBInstanceAutomatedBackups',
        'rds:DescribeDBInstances',
        'rds:DescribeDBSnapshots',
        'rds:ListTagsForResource',
      ],
      Resource: [
        interpolate`${here}:db:*`,
        interpolate`${here}:snapshot:*`,
        interpolate`${here}:auto-backup:*`,
      ],
    },
    {
      Sid: 'RestoreATestInstance',
      Effect: 'Allow',
      Action: [
        'rds:AddTagsToResource',
        'rds:CreateDBInstance',
        'rds:RestoreDBInstanceFromDBSnapshot',
        'rds:RestoreDBInstanceToPointInTime',
      ],
      Resource: [
        scope.instanceArn,
        interpolate`${here}:db:awsbackup-restore-test-*`,
        interpolate`${here}:snapshot:awsbackup:*`,
        interpolate`${here}:auto-backup:*`,
        interpolate`${here}:subgrp:*`,
        interpolate`${here}:pg:*`,
        interpolate`${here}:og:*`,
      ],
    },
    ...keyStatements(scope.keyArns),
  ]
}

/** Keys are used through RDS, by grants that RDS asks for. */
function keyStatements(keyArns: readonly Input<string>[]): Statement[] {
  return [
    { Sid: 'SeeKeys', Effect: 'Allow', Action: 'kms:DescribeKey', Resource: [...keyArns] },
    {
      Sid: 'GrantKeysToAws',
      Effect: 'Allow',
      Action: 'kms:CreateGrant',
      Resource: [...keyArns],
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ]
}
