import type {
  AlarmsArgs,
  WatchedInstance,
  WatchedPooler,
  WatchedReplica,
} from '../components/alarms/alarms.ts'
import type { Backups, BackupsArgs, VaultLock } from '../components/backups/backups.ts'
import type { Database } from '../components/database/database.ts'
import type { Estate } from '../components/estate.ts'
import type { Keys } from '../components/keys.ts'
import type { Network } from '../components/network/network.ts'
import type { Pooler } from '../components/pooler/pooler.ts'
import type { Replicas } from '../components/replicas.ts'
import type { Settings } from '../settings/settings.ts'
import { TIERS } from '../settings/tiers.ts'
import { groupOf, selectedTagOf } from './database.ts'
import { accountOf } from './estate.ts'

interface Parts {
  readonly database: Database
  readonly network: Network
  readonly keys: Keys
}

export function backupsArgs(settings: Settings, estate: Estate, parts: Parts): BackupsArgs {
  const { backups, database } = settings
  const { keys, network } = parts
  return {
    estate,
    accountId: accountOf(settings),
    instance: { arn: parts.database.arn, keyArn: keys.dataArn },
    retention: {
      continuousDays: backups.owner === 'aws-backup' ? database.backupRetentionDays : 0,
      dailyDays: backups.dailyRetentionDays,
      weeklyDays: backups.weeklyRetentionDays,
      monthlyDays: backups.monthlyRetentionDays,
      yearlyDays: backups.yearlyRetentionDays,
    },
    selectedTag: selectedTagOf(settings),
    vault: { keyArn: keys.backupsArn, lock: lockOf(settings) },
    ...(keys.recovery !== undefined && {
      recovery: {
        keyArn: keys.recovery.backupsArn,
        ...(backups.copyToRecoveryRegion && { lock: lockOf(settings) }),
        ...(backups.replicateAutomatedBackups && {
          automatedBackupsDays: backups.replicationRetentionDays,
        }),
      },
    }),
    ...(backups.backupAccountVaultArn !== undefined && {
      otherAccountVaultArn: backups.backupAccountVaultArn,
    }),
    ...(backups.restoreTesting && {
      restoreTesting: {
        everyDays: backups.restoreTestingEveryDays as 1 | 7 | 30,
        into: {
          subnetGroupName: network.subnetGroupName,
          securityGroupIds: groupOf(network),
          parameterGroupName: parts.database.parameterGroupName,
          instanceClass: database.instanceClass,
        },
      },
    }),
    ...(backups.dumps && {
      dumps: {
        keyArn: keys.backupsArn,
        retentionDays: backups.dumpRetentionDays,
        lock: {
          mode: backups.dumpLockMode,
          days: backups.dumpLockDays,
          iUnderstandThisIsIrreversible: backups.iUnderstandThisIsIrreversible,
        },
        ...(keys.recovery !== undefined && { recoveryKeyArn: keys.recovery.backupsArn }),
      },
    }),
  }
}

function lockOf({ backups }: Settings): VaultLock {
  const { lock, lockMinRetentionDays, lockMaxRetentionDays, lockCoolingOffDays } = backups
  const range = {
    ...(lockMinRetentionDays !== undefined && { minRetentionDays: lockMinRetentionDays }),
    ...(lockMaxRetentionDays !== undefined && { maxRetentionDays: lockMaxRetentionDays }),
  }
  if (lock === 'none') return { mode: 'none' }
  if (lock === 'governance') return { mode: 'governance', ...range }
  return {
    mode: 'compliance',
    ...range,
    changeableForDays: lockCoolingOffDays,
    // The guard rails have asked for consent before.
    iUnderstandThisIsIrreversible: true,
  }
}

export function alarmsArgs(
  settings: Settings,
  estate: Estate,
  parts: {
    readonly database: Database
    readonly replicas: Replicas
    readonly backups: Backups
    readonly pooler: Pooler | undefined
  },
): AlarmsArgs {
  const { alarms, database, replicas, platform } = settings
  const { inRegion, otherRegion } = TIERS[platform.tier]
  const sizing = (instanceClass: string) => ({
    instanceClass,
    allocatedStorageGib: database.allocatedStorageGib,
    maxAllocatedStorageGib: database.maxAllocatedStorageGib,
    storageType: database.storageType,
    maxConnections: database.maxConnections,
    insights: true,
  })
  const primary: WatchedInstance = {
    ...sizing(database.instanceClass),
    identifier: parts.database.identifier,
    resourceId: parts.database.resourceId,
  }
  const readers = parts.replicas.replicas.map(
    ({ identifier }, index): WatchedReplica => ({
      ...sizing(replicas.instanceClass ?? database.instanceClass),
      identifier,
      key: `replica-${index + 1}`,
      rpoSeconds: inRegion.rpoSeconds,
    }),
  )
  const recovery = parts.replicas.recovery
  const watched = watchedPooler(parts.pooler)
  return {
    estate,
    accountId: accountOf(settings),
    primary,
    replicas: [
      ...readers,
      ...(recovery
        ? [
            {
              ...sizing(replicas.recoveryInstanceClass ?? database.instanceClass),
              identifier: recovery.identifier,
              key: 'recovery',
              region: recovery.region,
              rpoSeconds: (otherRegion ?? inRegion).rpoSeconds,
            },
          ]
        : []),
    ],
    ...(watched && { pooler: watched }),
    backupVaultName: parts.backups.vaultName,
    subscribers: alarms.emails.flatMap((endpoint, index) =>
      (['warn', 'page'] as const).map(level => ({
        key: `email-${index + 1}-${level}`,
        level,
        protocol: 'email' as const,
        endpoint,
      })),
    ),
    ...(alarms.topicArn !== undefined && {
      furtherTopicArns: { warn: [alarms.topicArn], page: [alarms.topicArn] },
    }),
    cloudTrail: alarms.cloudTrail,
  }
}

function watchedPooler(pooler: Pooler | undefined): WatchedPooler | undefined {
  if (!pooler) return undefined
  const { metrics } = pooler
  if (metrics.kind === 'rds-proxy') return { kind: 'rds-proxy', proxyName: metrics.proxyName }
  if (metrics.serviceName === undefined) return undefined
  return {
    kind: 'pgbouncer',
    tasks: metrics.tasks,
    clusterName: metrics.clusterName,
    serviceName: metrics.serviceName,
    loadBalancerArnSuffix: metrics.loadBalancer,
    targetGroupArnSuffix: metrics.targetGroup,
  }
}
