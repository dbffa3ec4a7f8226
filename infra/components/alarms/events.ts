import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, type Input, jsonStringify } from '@pulumi/pulumi'
import { transformed } from '../transform.ts'
import type { AlarmsArgs } from './alarms-args.ts'
import type { Topics } from './topics.ts'

/**
 * What RDS tells of by itself, by kind of source. `maintenance`, `configuration change` and `failure` are what the Security Hub controls RDS.20 (instances),
 * RDS.21 (parameter groups) and RDS.22 (security groups) ask for. They name no single source: the controls want all of the account's.
 */
const SUBSCRIPTIONS = [
  {
    key: 'instance-events',
    sourceType: 'db-instance',
    eventCategories: [
      'configuration change',
      'deletion',
      'failover',
      'failure',
      'low storage',
      'maintenance',
      'read replica',
      'recovery',
    ],
  },
  {
    key: 'parameter-group-events',
    sourceType: 'db-parameter-group',
    eventCategories: ['configuration change'],
  },
  {
    key: 'security-group-events',
    sourceType: 'db-security-group',
    eventCategories: ['configuration change', 'failure'],
  },
] as const

/** The three subscriptions of a region in which an instance is. */
export function createEventSubscriptions(
  name: string,
  args: AlarmsArgs,
  topics: Topics,
  options: CustomResourceOptions,
): void {
  const { estate, transform } = args
  for (const { key, sourceType, eventCategories } of SUBSCRIPTIONS)
    new aws.rds.EventSubscription(
      `${name}-${key}`,
      ...transformed(
        transform?.eventSubscription,
        {
          name: `${estate.prefix}-${key}`,
          snsTopic: topics.warn.arn,
          sourceType,
          eventCategories: [...eventCategories],
          enabled: true,
          region: topics.region,
          tags: estate.tags,
        },
        { ...options, dependsOn: [...topics.policies] },
      ),
    )
}

/**
 * What the vault itself tells of. Jobs that failed come by a rule: of these events, the one that ends a job is the same for good and ill.
 */
export function createVaultNotifications(
  name: string,
  args: AlarmsArgs,
  topics: Topics,
  options: CustomResourceOptions,
): void {
  if (args.backupVaultName === undefined) return
  new aws.backup.VaultNotifications(
    `${name}-vault-notifications`,
    ...transformed(
      args.transform?.vaultNotifications,
      {
        backupVaultName: args.backupVaultName,
        backupVaultEvents: ['CONTINUOUS_BACKUP_INTERRUPTED', 'COPY_JOB_FAILED'],
        snsTopicArn: topics.warn.arn,
        region: topics.region,
      },
      // A vault has one: made first, it would go with the old one's deletion.
      { ...options, deleteBeforeReplace: true, dependsOn: [...topics.policies] },
    ),
  )
}

/**
 * Events of RDS that wake somebody: the storage is full (0007), the instance has failed and needs a restore (0031), the disk
 * cannot grow (0223), would reach its ceiling (0224), or has four fifths of it (0225). Subscriptions filter by category alone, so these are a rule.
 */
const GRAVE_EVENTS = [
  'RDS-EVENT-0007',
  'RDS-EVENT-0031',
  'RDS-EVENT-0223',
  'RDS-EVENT-0224',
  'RDS-EVENT-0225',
]

/** Calls that take a protection away. Nobody makes them in the course of things, and somebody with stolen keys makes them first. */
const TAMPERING = [
  {
    key: 'deletion-protection',
    description: 'Deletion protection of an instance was taken off.',
    source: 'aws.rds',
    detail: {
      eventSource: ['rds.amazonaws.com'],
      eventName: ['ModifyDBInstance'],
      requestParameters: { deletionProtection: [false] },
    },
  },
  {
    key: 'automated-backups',
    description: 'Automated backups were deleted, or are no longer copied to the other region.',
    source: 'aws.rds',
    detail: {
      eventSource: ['rds.amazonaws.com'],
      eventName: ['DeleteDBInstanceAutomatedBackup', 'StopDBInstanceAutomatedBackupsReplication'],
    },
  },
  {
    key: 'vault-protection',
    description: "A vault's policy or lock was changed, or a recovery point deleted by hand.",
    source: 'aws.backup',
    detail: {
      eventSource: ['backup.amazonaws.com'],
      eventName: [
        'DeleteBackupVault',
        'DeleteBackupVaultAccessPolicy',
        'DeleteBackupVaultLockConfiguration',
        'DeleteRecoveryPoint',
        'PutBackupVaultAccessPolicy',
        'PutBackupVaultLockConfiguration',
      ],
      userIdentity: { invokedBy: [{ exists: false }] },
    },
  },
  {
    key: 'key-deletion',
    description: 'A key was disabled or is to be deleted; what it encrypts goes with it.',
    source: 'aws.kms',
    detail: { eventSource: ['kms.amazonaws.com'], eventName: ['DisableKey', 'ScheduleKeyDeletion'] },
  },
] as const

/** Rules of a region, each with its topic. `identifiers` are those of the instances there. */
export function createEventRules(
  name: string,
  args: AlarmsArgs,
  topics: Topics,
  identifiers: readonly Input<string>[],
  options: CustomResourceOptions,
): void {
  const { estate, transform } = args
  const rule = (key: string, description: string, topic: aws.sns.Topic, pattern: Input<unknown>) => {
    const made = new aws.cloudwatch.EventRule(
      `${name}-${key}`,
      ...transformed(
        transform?.eventRule,
        {
          name: `${estate.prefix}-${key}`,
          description,
          eventPattern: jsonStringify(pattern),
          region: topics.region,
          tags: estate.tags,
        },
        options,
      ),
    )
    new aws.cloudwatch.EventTarget(
      `${name}-${key}-target`,
      ...transformed(
        transform?.eventTarget,
        { rule: made.name, targetId: topic.name, arn: topic.arn, region: topics.region },
        options,
      ),
    )
  }
  rule('backup-failed', 'A backup, a copy or a restore failed.', topics.warn, {
    source: ['aws.backup'],
    'detail-type': ['Backup Job State Change', 'Copy Job State Change', 'Restore Job State Change'],
    // Jobs that back up or copy have a state, those that restore a status.
    detail: { $or: [{ state: FAILED_STATES }, { status: FAILED_STATES }] },
  })
  if (identifiers.length > 0)
    rule('instance-grave', 'The storage of an instance is full or cannot grow, or it failed.', topics.page, {
      source: ['aws.rds'],
      'detail-type': ['RDS DB Instance Event'],
      detail: { EventID: GRAVE_EVENTS, SourceIdentifier: [...identifiers] },
    })
  if (args.cloudTrail)
    for (const { key, description, source, detail } of TAMPERING)
      rule(key, description, topics.page, {
        source: [source],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail,
      })
}

const FAILED_STATES = ['ABORTED', 'EXPIRED', 'FAILED', 'PARTIAL']
