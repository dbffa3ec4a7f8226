import type * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'

/** How an instance of RDS is run: the same for the primary and its replicas. */
export interface InstanceOperation {
  readonly port: number
  readonly maintenanceWindow: string
  readonly autoMinorVersionUpgrade: boolean
  readonly allowMajorVersionUpgrade: boolean
  readonly applyImmediately: boolean
  readonly deletionProtection: boolean
  readonly deleteAutomatedBackups: boolean
  readonly iamAuthentication: boolean
  readonly publiclyAccessible: boolean
  readonly certificateAuthority: string
  readonly insightsRetentionDays: number
  /** 0: not at all. */
  readonly monitoringIntervalSeconds: number
  readonly logExports: readonly string[]
  readonly logRetentionDays: number
  readonly extendedSupport: boolean
}

/** From so many days on, Database Insights are in the advanced mode, and only then. */
const ADVANCED_INSIGHTS_DAYS = 465

/** Events of RDS that the provider shows as warnings. */
const WARNED_OF = ['failure', 'maintenance', 'low storage', 'recovery']

interface Placement {
  readonly estate: Estate
  readonly kmsKeyArn: pulumi.Input<string>
  readonly monitoringRoleArn: pulumi.Input<string> | undefined
}

/** The arguments that a primary and a replica have in common. */
export function operatedAs(
  operation: InstanceOperation,
  { estate, kmsKeyArn, monitoringRoleArn }: Placement,
): Omit<aws.rds.InstanceArgs, 'instanceClass'> {
  return {
    port: operation.port,
    publiclyAccessible: operation.publiclyAccessible,
    networkType: 'IPV4',
    maintenanceWindow: operation.maintenanceWindow,
    autoMinorVersionUpgrade: operation.autoMinorVersionUpgrade,
    allowMajorVersionUpgrade: operation.allowMajorVersionUpgrade,
    applyImmediately: operation.applyImmediately,
    deletionProtection: operation.deletionProtection,
    deleteAutomatedBackups: operation.deleteAutomatedBackups,
    copyTagsToSnapshot: true,
    iamDatabaseAuthenticationEnabled: operation.iamAuthentication,
    caCertIdentifier: operation.certificateAuthority,
    storageEncrypted: true,
    performanceInsightsEnabled: true,
    performanceInsightsRetentionPeriod: operation.insightsRetentionDays,
    performanceInsightsKmsKeyId: kmsKeyArn,
    databaseInsightsMode: operation.insightsRetentionDays >= ADVANCED_INSIGHTS_DAYS ? 'advanced' : 'standard',
    monitoringInterval: operation.monitoringIntervalSeconds,
    monitoringRoleArn,
    enabledCloudwatchLogsExports: [...operation.logExports],
    warningEventCategories: WARNED_OF,
    tags: { ...estate.tags },
  }
}

/** Creating waits for a backup, and a change of class for a failover: the provider's own patience ends too early for large disks. */
export const PATIENCE: pulumi.CustomTimeouts = { create: '2h', update: '3h', delete: '2h' }

/** Two locks on what cannot be made again, beside the one of AWS. */
export const guarded = (estate: Estate): pulumi.CustomResourceOptions => ({
  protect: estate.production,
  retainOnDelete: estate.production,
})
