import type { Database, DatabaseArgs } from '../components/database/database.ts'
import type { DatabaseSource } from '../components/database/source.ts'
import type { Estate } from '../components/estate.ts'
import type { InstanceOperation } from '../components/instance/operation.ts'
import type { ServerSettings } from '../components/instance/server-parameters.ts'
import type { Keys } from '../components/keys.ts'
import type { Network } from '../components/network/network.ts'
import type { ReplicaPlace, ReplicasArgs } from '../components/replicas.ts'
import { databaseNameOf, masterUsernameOf } from '../settings/names.ts'
import type { Settings } from '../settings/settings.ts'
import { accountOf } from './estate.ts'

export function databaseArgs(
  settings: Settings,
  estate: Estate,
  { network, keys }: { readonly network: Network; readonly keys: Keys },
): DatabaseArgs {
  const { database, backups } = settings
  return {
    estate,
    accountId: accountOf(settings),
    source: sourceOf(settings),
    generation: database.generation,
    version: database.version,
    instanceClass: database.instanceClass,
    storage: {
      allocatedGib: database.allocatedStorageGib,
      maxAllocatedGib: database.maxAllocatedStorageGib,
      type: database.storageType,
      iops: database.iops,
      throughputMibps: database.throughputMibps,
      dedicatedLogVolume: database.dedicatedLogVolume,
    },
    server: serverOf(settings),
    operation: operationOf(settings),
    multiAz: database.multiAz,
    availabilityZone: database.availabilityZone,
    blueGreenUpdate: database.blueGreenUpdate,
    finalSnapshot: database.finalSnapshot,
    backup: {
      retentionDays: database.backupRetentionDays,
      window: database.backupWindow,
      ownedByBackupPlan: backups.owner === 'aws-backup',
    },
    selectedTag: selectedTagOf(settings),
    masterRotationDays: database.masterRotationDays,
    subnetGroupName: network.subnetGroupName,
    securityGroupIds: groupOf(network),
    dataKeyArn: keys.dataArn,
    secretsKeyArn: keys.secretsArn,
  }
}

export function replicasArgs(
  settings: Settings,
  estate: Estate,
  parts: {
    readonly database: Database
    readonly network: Network
    readonly keys: Keys
    readonly recovery: ReplicaPlace | undefined
  },
): ReplicasArgs {
  const { database, replicas } = settings
  const { network, keys, recovery } = parts
  return {
    estate,
    sourceArn: parts.database.arn,
    sourceIdentifier: parts.database.identifier,
    generation: database.generation,
    count: replicas.count,
    instanceClass: replicas.instanceClass ?? database.instanceClass,
    promotable: replicas.promotable,
    backupRetentionDays: replicas.backupRetentionDays,
    backupWindow: database.backupWindow,
    storage: { type: database.storageType, maxAllocatedGib: database.maxAllocatedStorageGib },
    operation: operationOf(settings),
    server: {
      ...serverOf(settings),
      standby: { feedback: replicas.feedback, maxDelaySeconds: replicas.maxStandbyDelaySeconds },
    },
    monitoringRoleArn: parts.database.monitoringRoleArn,
    here: {
      region: estate.region,
      subnetGroupName: network.subnetGroupName,
      securityGroupIds: groupOf(network),
      dataKeyArn: keys.dataArn,
    },
    recovery: recovery && {
      ...recovery,
      instanceClass: replicas.recoveryInstanceClass ?? database.instanceClass,
    },
  }
}

/** Where the replica of the recovery region stands. */
export function recoveryPlace(
  { recoveryRegion }: Estate,
  keys: Keys,
  network: Network | undefined,
): ReplicaPlace | undefined {
  if (recoveryRegion === undefined || !network || !keys.recovery) return undefined
  return {
    region: recoveryRegion,
    subnetGroupName: network.subnetGroupName,
    securityGroupIds: groupOf(network),
    dataKeyArn: keys.recovery.dataArn,
  }
}

/** What the plan of AWS Backup finds the primary by. */
export const selectedTagOf = ({ platform }: Settings) => ({ key: 'backup-tier', value: platform.tier })

export const groupOf = ({ securityGroupIds }: Network) =>
  securityGroupIds.database ? [securityGroupIds.database] : []

function sourceOf(settings: Settings): DatabaseSource {
  const { source } = settings.database
  return source.kind === 'new'
    ? { kind: 'new', databaseName: databaseNameOf(settings), masterUsername: masterUsernameOf(settings) }
    : source
}

function serverOf({ database }: Settings): ServerSettings {
  return {
    majorVersion: database.version.split('.')[0] ?? database.version,
    maxConnections: database.maxConnections,
    preloadLibraries: database.preloadLibraries,
    logicalReplication: database.logicalReplication,
    allocatedStorageGib: database.allocatedStorageGib,
    overrides: database.parameters,
  }
}

function operationOf({ database }: Settings): InstanceOperation {
  const { port, maintenanceWindow, autoMinorVersionUpgrade, allowMajorVersionUpgrade } = database
  return {
    port,
    maintenanceWindow,
    autoMinorVersionUpgrade,
    allowMajorVersionUpgrade,
    applyImmediately: database.applyImmediately,
    deletionProtection: database.deletionProtection,
    deleteAutomatedBackups: database.deleteAutomatedBackups,
    iamAuthentication: database.iamAuthentication,
    publiclyAccessible: database.publiclyAccessible,
    certificateAuthority: database.certificateAuthority,
    insightsRetentionDays: database.insightsRetentionDays,
    monitoringIntervalSeconds: database.monitoringIntervalSeconds,
    logExports: database.logExports,
    logRetentionDays: database.logRetentionDays,
    extendedSupport: database.extendedSupport,
  }
}
