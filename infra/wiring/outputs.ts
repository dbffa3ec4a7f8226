import { DEFAULT_METRICS_PORT } from '../../runner/names.ts'
import type { Access } from '../components/access/access.ts'
import type { Alarms } from '../components/alarms/alarms.ts'
import type { Backups } from '../components/backups/backups.ts'
import type { Credentials } from '../components/credentials.ts'
import type { Database } from '../components/database/database.ts'
import type { Estate } from '../components/estate.ts'
import type { Keys } from '../components/keys.ts'
import type { Network } from '../components/network/network.ts'
import type { Pooler } from '../components/pooler/pooler.ts'
import type { Replicas } from '../components/replicas.ts'
import type { Runner } from '../components/runner/runner.ts'
import type { Settings } from '../settings/settings.ts'
import { directUrl, pooledUrl } from './urls.ts'

interface Parts {
  readonly keys: Keys
  readonly credentials: Credentials
  readonly network: Network
  readonly database: Database
  readonly replicas: Replicas
  readonly backups: Backups
  readonly access: Access
  readonly runner: Runner
  readonly pooler: Pooler | undefined
  readonly alarms: Alarms | undefined
}

/** What the stack tells: where things are, and which secret goes with them. No password is among it, and none is known here. */
export function outputs(settings: Settings, estate: Estate, parts: Parts) {
  const { database, replicas, credentials, runner, backups, network, pooler } = parts
  const { arns } = credentials
  return {
    connections: {
      pooled: pooler && {
        use: 'applications: requests, queries, short transactions',
        url: pooledUrl(settings, pooler),
        credentialsSecretArn: arns.application,
      },
      direct: {
        use: 'migrations, dumps, LISTEN, advisory locks, anything that keeps a session',
        url: directUrl(settings, database),
        credentialsSecretArn: arns.migrator,
      },
      readOnly: replicas.replicas.map(({ address }) => ({
        use: 'reports: somewhat behind the primary',
        host: address,
        port: settings.database.port,
        credentialsSecretArn: arns['read-only'],
      })),
    },
    database: {
      identifier: database.instanceIdentifier,
      arn: database.arn,
      resourceId: database.resourceId,
      generation: settings.database.generation,
      masterSecretArn: database.masterSecretArn,
    },
    replicas: replicas.replicas.map(({ identifier, arn }) => ({ identifier, arn })),
    recovery: {
      region: estate.recoveryRegion,
      replica: replicas.recovery && {
        identifier: replicas.recovery.identifier,
        arn: replicas.recovery.arn,
        address: replicas.recovery.address,
      },
      vaultArn: backups.recoveryVaultArn,
      automatedBackupsReplicationArn: backups.automatedBackupsReplicationArn,
    },
    backups: { vaultArn: backups.vaultArn, dumpsBucket: backups.dumpsBucketName },
    // Under the names that `howdah ecs run` and the workflows ask for.
    run: runner.target,
    ci: {
      roleArn: runner.ciRoleArn,
      publishRoleArn: runner.publishRoleArn,
      runnerRepository: runner.repositories.runner.url,
      poolerRepository: runner.repositories.pooler.url,
    },
    secrets: arns,
    network: {
      vpcId: network.vpcId,
      subnetIds: network.applicationSubnetIds,
      clientsSecurityGroupId: network.groupId('clients'),
      monitoringSecurityGroupId: network.groupId('monitoring'),
    },
    metrics: { host: runner.metricsHost, port: DEFAULT_METRICS_PORT },
    poolerConsoles: pooler?.consoles,
    alarmTopics: parts.alarms && { warn: parts.alarms.warnTopicArn, page: parts.alarms.pageTopicArn },
    roles: parts.access.roles,
    leftToRunner: parts.access.leftToRunner,
  }
}
