import type { DBInstance, PendingMaintenanceAction } from '@aws-sdk/client-rds'
import type { Emit } from '../exposition/metric.ts'
import { instanceClass } from './instance-class.ts'
import type { RDS_METRICS } from './rds-metrics.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30
const DAY_SECONDS = 86_400

/** Numbers of prometheus-rds-exporter: above 0 it serves, 0 and below it does not. What is not here is -1. */
const STATUSES: Readonly<Record<string, number>> = {
  available: 1,
  'backing-up': 2,
  starting: 3,
  modifying: 4,
  'configuring-enhanced-monitoring': 5,
  'storage-initialization': 10,
  'storage-optimization': 11,
  renaming: 20,
  stopped: 0,
  stopping: -2,
  creating: -3,
  deleting: -4,
  rebooting: -5,
  failed: -6,
  'storage-full': -7,
  upgrading: -8,
  maintenance: -9,
  'restore-error': -10,
}
const UNKNOWN_STATUS = -1

/** `unknown`: nobody could be asked. */
export type Maintenance = 'no' | 'pending' | 'auto-applied' | 'forced' | 'unknown'

/** How much choice is left, by the action with the least. Pure. */
export function maintenanceOf(actions: readonly PendingMaintenanceAction[]): Maintenance {
  if (actions.some(({ ForcedApplyDate }) => ForcedApplyDate)) return 'forced'
  if (actions.some(({ AutoAppliedAfterDate }) => AutoAppliedAfterDate)) return 'auto-applied'
  return actions.length > 0 ? 'pending' : 'no'
}

/**
 * Reads and writes per second the storage is made for. gp2: 3 for each GiB from 100 to 64,000, since RDS stripes over four
 * volumes; other types say it. `null` where nobody does (magnetic).
 */
function allocatedIops({ StorageType, AllocatedStorage, Iops }: DBInstance): number | null {
  if (StorageType !== 'gp2') return Iops || null
  return AllocatedStorage ? Math.min(64_000, Math.max(100, 3 * AllocatedStorage)) : null
}

/** A change waits for the maintenance window, or a parameter for a restart. */
function hasPendingChanges({ PendingModifiedValues, DBParameterGroups = [] }: DBInstance): boolean {
  const values = Object.values(PendingModifiedValues ?? {}).filter(value => value !== undefined)
  return values.length > 0 || DBParameterGroups.some(group => group.ParameterApplyStatus !== 'in-sync')
}

const times = (count: number | undefined, unit: number) => (count === undefined ? null : count * unit)
const secondsOf = (date: Date | undefined) => (date ? date.getTime() / 1000 : null)

/** What is known of an instance. What Amazon leaves out is left out here. Pure. */
export function emitInstance(
  dbidentifier: string,
  instance: DBInstance,
  maintenance: Maintenance,
  now: Date,
  emit: Emit<typeof RDS_METRICS>,
): void {
  const labels = { dbidentifier }
  const instance_class = instance.DBInstanceClass ?? ''
  const source = instance.ReadReplicaSourceDBInstanceIdentifier
  emit('rds_instance_info', 1, {
    dbidentifier,
    arn: instance.DBInstanceArn ?? '',
    dbi_resource_id: instance.DbiResourceId ?? '',
    instance_class,
    engine: instance.Engine ?? '',
    engine_version: instance.EngineVersion ?? '',
    storage_type: instance.StorageType ?? '',
    multi_az: `${instance.MultiAZ ?? false}`,
    deletion_protection: `${instance.DeletionProtection ?? false}`,
    role: source ? 'replica' : 'primary',
    source_dbidentifier: source ?? '',
    pending_modified_values: `${hasPendingChanges(instance)}`,
    pending_maintenance: maintenance,
    performance_insights_enabled: `${instance.PerformanceInsightsEnabled ?? false}`,
    ca_certificate_identifier: instance.CACertificateIdentifier ?? '',
  })
  emit('rds_instance_status', STATUSES[instance.DBInstanceStatus ?? ''] ?? UNKNOWN_STATUS, labels)
  const created = instance.InstanceCreateTime
  emit('rds_instance_age_seconds', created ? (now.getTime() - created.getTime()) / 1000 : null, labels)
  const known = instanceClass(instance_class)
  emit('rds_instance_vcpu_average', known?.cpus ?? null, { dbidentifier, instance_class })
  emit('rds_instance_memory_bytes', known?.memoryBytes ?? null, { dbidentifier, instance_class })
  emit('rds_allocated_storage_bytes', times(instance.AllocatedStorage, GIB), labels)
  emit('rds_max_allocated_storage_bytes', times(instance.MaxAllocatedStorage, GIB), labels)
  emit('rds_allocated_disk_iops_average', allocatedIops(instance), labels)
  emit('rds_allocated_disk_throughput_bytes', times(instance.StorageThroughput || undefined, MIB), labels)
  emit('rds_certificate_expiry_timestamp_seconds', secondsOf(instance.CertificateDetails?.ValidTill), labels)
  const retention = times(instance.BackupRetentionPeriod, DAY_SECONDS)
  emit('rds_backup_retention_period_seconds', retention, labels)
  emit('howdah_backup_latest_restorable_timestamp_seconds', secondsOf(instance.LatestRestorableTime), {
    cluster: dbidentifier,
  })
}
