import type * as aws from '@pulumi/aws'
import type { Input } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { Transform } from '../transform.ts'
import type { Retention } from './retention.ts'
import type { VaultLock } from './vault-lock.ts'

/** What of the estate is backed up, where to, for how long, and how it is proved. */
export interface BackupsArgs {
  readonly estate: Estate
  readonly accountId: Input<string>
  readonly instance: {
    readonly arn: Input<string>
    /** The key the instance is encrypted with: snapshots in the same region keep it. */
    readonly keyArn: Input<string>
  }
  readonly retention: Retention
  /** Hour of the daily snapshot, in UTC; the other generations follow an hour apart. 3 where absent. */
  readonly firstHour?: number
  /** A tag that the instance carries: without it, it is not backed up. */
  readonly selectedTag: { readonly key: string; readonly value: string }
  readonly vault: { readonly keyArn: Input<string>; readonly lock: VaultLock }
  /** Copies in `estate.recoveryRegion`; absent: there are none. */
  readonly recovery?: {
    /** A key of that region. */
    readonly keyArn: Input<string>
    /** A vault there with copies of all snapshots; absent: no vault. */
    readonly lock?: VaultLock
    /** Replicates the instance's own automated backups, kept so many days; absent: not. */
    readonly automatedBackupsDays?: number
  }
  /** A vault of another account, which has to allow `backup:CopyIntoBackupVault` to this one. */
  readonly otherAccountVaultArn?: Input<string>
  readonly restoreTesting?: RestoreTestingArgs
  readonly dumps?: DumpsArgs
  readonly transform?: BackupsTransform
}

export interface RestoreTestingArgs {
  readonly everyDays: 1 | 7 | 30
  /** Where the restored instance comes to life: without it, AWS takes the default VPC and its default group. */
  readonly into: {
    readonly subnetGroupName: Input<string>
    readonly securityGroupIds: Input<Input<string>[]>
    readonly parameterGroupName?: Input<string>
    readonly instanceClass?: Input<string>
  }
  /** Further metadata of the restore, by AWS Backup's names; goes before what `into` says. */
  readonly overrides?: Readonly<Record<string, Input<string>>>
  /** How long validation may take before the instance is deleted; 8 where absent. */
  readonly validationWindowHours?: number
  /** Who looks at a restored instance; absent: that it could be restored is all that is proved. */
  readonly validation?: Omit<aws.cloudwatch.EventTargetArgs, 'rule' | 'region'>
}

export interface DumpsArgs {
  readonly keyArn: Input<string>
  /** Dumps are gone after so many days. */
  readonly retentionDays: number
  /** Object Lock; `days` 0: dumps can be deleted. */
  readonly lock: {
    readonly mode: 'governance' | 'compliance'
    readonly days: number
    readonly iUnderstandThisIsIrreversible?: boolean
  }
  /** A bucket for access logs, which lets `logging.s3.amazonaws.com` write to it. */
  readonly accessLogBucket?: Input<string>
  /** Replicates dumps to `estate.recoveryRegion`, under a key of that region; absent: not. */
  readonly recoveryKeyArn?: Input<string>
}

/** What each child is registered with can be changed last. */
export interface BackupsTransform {
  readonly vault?: Transform<aws.backup.VaultArgs>
  readonly vaultLock?: Transform<aws.backup.VaultLockConfigurationArgs>
  readonly vaultPolicy?: Transform<aws.backup.VaultPolicyArgs>
  readonly plan?: Transform<aws.backup.PlanArgs>
  readonly selection?: Transform<aws.backup.SelectionArgs>
  readonly role?: Transform<aws.iam.RoleArgs>
  readonly rolePolicy?: Transform<aws.iam.RolePolicyArgs>
  readonly automatedBackupsReplication?: Transform<aws.rds.InstanceAutomatedBackupsReplicationArgs>
  readonly restoreTestingPlan?: Transform<aws.backup.RestoreTestingPlanArgs>
  readonly restoreTestingSelection?: Transform<aws.backup.RestoreTestingSelectionArgs>
  readonly restoredRule?: Transform<aws.cloudwatch.EventRuleArgs>
  readonly restoredTarget?: Transform<aws.cloudwatch.EventTargetArgs>
  readonly dumpsBucket?: Transform<aws.s3.BucketArgs>
  readonly dumpsVersioning?: Transform<aws.s3.BucketVersioningArgs>
  readonly dumpsEncryption?: Transform<aws.s3.BucketServerSideEncryptionConfigurationArgs>
  readonly dumpsPublicAccess?: Transform<aws.s3.BucketPublicAccessBlockArgs>
  readonly dumpsOwnership?: Transform<aws.s3.BucketOwnershipControlsArgs>
  readonly dumpsObjectLock?: Transform<aws.s3.BucketObjectLockConfigurationArgs>
  readonly dumpsLifecycle?: Transform<aws.s3.BucketLifecycleConfigurationArgs>
  readonly dumpsPolicy?: Transform<aws.s3.BucketPolicyArgs>
  readonly dumpsLogging?: Transform<aws.s3.BucketLoggingArgs>
  readonly dumpsReplication?: Transform<aws.s3.BucketReplicationConfigArgs>
}
