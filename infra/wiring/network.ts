import type { Estate } from '../components/estate.ts'
import type { Keys, KeysArgs } from '../components/keys.ts'
import type { NetworkArgs } from '../components/network/network.ts'
import { RDS_PROXY_PORT } from '../components/pooler/rds-proxy.ts'
import type { Settings } from '../settings/settings.ts'
import { accountOf } from './estate.ts'

export function keysArgs(settings: Settings, estate: Estate): KeysArgs {
  const { administrators, rotationDays, deletionWindowDays, backupAccountId } = settings.keys
  return {
    estate,
    accountId: accountOf(settings),
    administrators,
    backupAccountId,
    rotationDays,
    deletionWindowDays,
  }
}

export function networkArgs(settings: Settings, estate: Estate, keys: Keys): NetworkArgs {
  const { network, database } = settings
  const existing = network.vpcId
  return {
    estate,
    region: estate.region,
    extent: 'full',
    endpoints: network.endpoints ?? existing === undefined,
    databasePort: database.port,
    poolerPort: poolerPortOf(settings),
    vpc:
      existing === undefined
        ? {
            kind: 'new',
            cidr: network.cidr,
            zones: network.zones.map(letter => `${estate.region}${letter}`),
            flowLog: network.flowLogs
              ? { retentionDays: network.flowLogRetentionDays, kmsKeyArn: keys.dataArn }
              : undefined,
          }
        : {
            kind: 'existing',
            vpcId: existing,
            databaseSubnets: network.databaseSubnets ?? {},
            applicationSubnets: network.applicationSubnets ?? network.databaseSubnets ?? {},
          },
  }
}

/** The network of the recovery region: subnets for a replica, and nothing that runs. */
export function recoveryNetworkArgs(
  settings: Settings,
  estate: Estate,
  region: string,
  keys: Keys,
): NetworkArgs {
  const { network, database } = settings
  return {
    estate,
    region,
    extent: 'database',
    endpoints: false,
    databasePort: database.port,
    poolerPort: poolerPortOf(settings),
    vpc:
      network.recoveryVpcId === undefined
        ? {
            kind: 'new',
            cidr: network.recoveryCidr,
            zones: network.zones.map(letter => `${region}${letter}`),
            flowLog:
              network.flowLogs && keys.recovery
                ? { retentionDays: network.flowLogRetentionDays, kmsKeyArn: keys.recovery.dataArn }
                : undefined,
          }
        : {
            kind: 'existing',
            vpcId: network.recoveryVpcId,
            databaseSubnets: network.recoverySubnets ?? {},
            applicationSubnets: {},
          },
  }
}

/** Where the pooler listens: RDS Proxy knows no port but its own. */
const poolerPortOf = ({ pooler }: Settings): number =>
  pooler.kind === 'rds-proxy' ? RDS_PROXY_PORT : pooler.port
