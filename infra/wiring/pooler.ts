import { type PgbouncerVersion, planPooler, renderPgbouncerIni } from '../../runner/names.ts'
import type { Credentials } from '../components/credentials.ts'
import type { Database } from '../components/database/database.ts'
import type { Estate } from '../components/estate.ts'
import type { Keys } from '../components/keys.ts'
import type { Network } from '../components/network/network.ts'
import type { PoolerArgs } from '../components/pooler/pooler.ts'
import { imageIn, type Runner } from '../components/runner/runner.ts'
import { certificateBundle } from '../settings/certificate-bundle.ts'
import { databaseNameOf } from '../settings/names.ts'
import { poolerSizingOf } from '../settings/pooler-sizing.ts'
import type { Settings } from '../settings/settings.ts'
import { rolesOf } from './access.ts'

interface Parts {
  readonly network: Network
  readonly keys: Keys
  readonly database: Database
  readonly credentials: Credentials
  readonly runner: Runner
}

const CPU_UNITS = 1024
/** What is left to the runner, to people and to monitoring when RDS Proxy has its share. */
const PROXY_SHARE_PERCENT = 80

export function poolerArgs(settings: Settings, estate: Estate, parts: Parts): PoolerArgs | undefined {
  const { pooler, database } = settings
  const { network, keys, credentials, runner } = parts
  const shared = {
    estate,
    vpcId: network.vpcId,
    subnetIds: network.applicationSubnetIds,
    securityGroupIds: { loadBalancer: network.groupId('loadBalancer'), pooler: network.groupId('pooler') },
    secretsKeyArn: keys.secretsArn,
    logs: { keyArn: keys.dataArn, retentionDays: database.logRetentionDays },
  }
  if (pooler.kind === 'none') return undefined
  if (pooler.kind === 'rds-proxy')
    return {
      ...shared,
      kind: 'rds-proxy',
      databaseInstanceIdentifier: parts.database.instanceIdentifier,
      credentials: [
        { role: 'application', secretArn: credentials.arns.application },
        { role: 'read-only', secretArn: credentials.arns['read-only'] },
      ],
      maxConnectionsPercent: PROXY_SHARE_PERCENT,
      borrowTimeoutSeconds: pooler.queryWaitSeconds,
      idleClientTimeoutSeconds: 1800,
    }
  const bundle = certificateBundle(settings)
  return {
    ...shared,
    kind: 'pgbouncer',
    port: pooler.port,
    clusterArn: runner.clusterArn,
    clusterName: runner.clusterName,
    namespaceId: runner.namespaceId,
    image: imageIn(runner.repositories.pooler.url, pooler.image),
    imageRepositoryArn: runner.repositories.pooler.arn,
    architecture: settings.runner.architecture,
    size: { cpu: pooler.vcpus * CPU_UNITS, memoryMib: pooler.memoryMib },
    processes: pooler.vcpus,
    tasks: pooler.tasks,
    maximumTasks: pooler.maxTasks,
    maximumPercent: pooler.surgePercent,
    ini: parts.database.address.apply(host => ini(settings, host, bundle !== undefined)),
    authUser: rolesOf(settings).pooler,
    secrets: {
      authPassword: { arn: credentials.arns['pooler-auth'], key: 'password' },
      adminPassword: { arn: credentials.arns['pooler-admin'], key: 'password' },
      statsPassword: { arn: credentials.arns['pooler-stats'], key: 'password' },
      tls: {
        certificate: { arn: credentials.arns['pooler-tls'], key: 'certificate' },
        key: { arn: credentials.arns['pooler-tls'], key: 'key' },
      },
    },
    ...(bundle !== undefined && { serverCa: bundle }),
    deletionProtection: pooler.deletionProtection,
    crossZone: true,
    started: settings.platform.started,
  }
}

function ini(settings: Settings, host: string, verifies: boolean): string {
  const { pooler, database } = settings
  return renderPgbouncerIni({
    version: pooler.version as PgbouncerVersion,
    target: { host, port: database.port },
    databases: { [databaseNameOf(settings)]: {} },
    limits: planPooler(poolerSizingOf(settings)),
    processes: pooler.vcpus,
    listenPort: pooler.port,
    queryWaitTimeoutSeconds: pooler.queryWaitSeconds,
    auth: { user: rolesOf(settings).pooler, database: databaseNameOf(settings) },
    clientTls: { mode: 'require' },
    serverTls: { mode: verifies ? 'verify-full' : 'require' },
  })
}
