import { Access } from './components/access/access.ts'
import { Alarms } from './components/alarms/alarms.ts'
import { Backups } from './components/backups/backups.ts'
import { Credentials } from './components/credentials.ts'
import { Database } from './components/database/database.ts'
import type { Estate } from './components/estate.ts'
import { Keys } from './components/keys.ts'
import { Network } from './components/network/network.ts'
import { Pooler, type PoolerArgs } from './components/pooler/pooler.ts'
import { Replicas } from './components/replicas.ts'
import { Runner } from './components/runner/runner.ts'
import { readSettings } from './settings/read-settings.ts'
import type { Settings } from './settings/settings.ts'
import { transforms } from './transforms.ts'
import { accessArgs } from './wiring/access.ts'
import { alarmsArgs, backupsArgs } from './wiring/backups.ts'
import { databaseArgs, recoveryPlace, replicasArgs } from './wiring/database.ts'
import { estateOf } from './wiring/estate.ts'
import { keysArgs, networkArgs, recoveryNetworkArgs } from './wiring/network.ts'
import { outputs } from './wiring/outputs.ts'
import { poolerArgs } from './wiring/pooler.ts'
import { runnerArgs } from './wiring/runner.ts'

/** The program of every stack: settings, then components, each given what it needs of the others. What it returns are the stack's outputs. */
export default function platform() {
  const settings = readSettings()
  const estate = estateOf(settings)
  const keys = new Keys('keys', { ...keysArgs(settings, estate), ...last(transforms.keys) })
  const credentials = new Credentials('credentials', {
    estate,
    secretsKeyArn: keys.secretsArn,
    ...last(transforms.credentials),
  })
  const network = new Network('network', {
    ...networkArgs(settings, estate, keys),
    ...last(transforms.network),
  })
  const database = new Database('database', {
    ...databaseArgs(settings, estate, { network, keys }),
    ...last(transforms.database),
  })
  const recovery = recoveryPlace(estate, keys, recoveryNetworkOf(settings, estate, keys))
  const replicas = new Replicas('replicas', {
    ...replicasArgs(settings, estate, { database, network, keys, recovery }),
    ...last(transforms.replicas),
  })
  const backups = new Backups('backups', {
    ...backupsArgs(settings, estate, { database, network, keys }),
    ...last(transforms.backups),
  })
  const access = new Access('access', {
    ...accessArgs(settings, estate, database),
    ...last(transforms.access),
  })
  const readers = replicas.replicas.map(({ identifier }) => identifier)
  const runner = new Runner('runner', {
    ...runnerArgs(settings, estate, {
      network,
      keys,
      database,
      credentials,
      access,
      backups,
      replicas: readers,
    }),
    ...last(transforms.runner),
  })
  const pooler = poolerOf(poolerArgs(settings, estate, { network, keys, database, credentials, runner }))
  const alarms = settings.alarms.enabled
    ? new Alarms('alarms', {
        ...alarmsArgs(settings, estate, { database, replicas, backups, pooler }),
        ...last(transforms.alarms),
      })
    : undefined
  return outputs(settings, estate, {
    keys,
    credentials,
    network,
    database,
    replicas,
    backups,
    access,
    runner,
    pooler,
    alarms,
  })
}

/** Made only where something lives in the recovery region. */
function recoveryNetworkOf(settings: Settings, estate: Estate, keys: Keys): Network | undefined {
  const { recoveryRegion } = estate
  if (!settings.replicas.recovery || recoveryRegion === undefined) return undefined
  return new Network('recovery-network', {
    ...recoveryNetworkArgs(settings, estate, recoveryRegion, keys),
    ...last(transforms.recoveryNetwork),
  })
}

function poolerOf(args: PoolerArgs | undefined): Pooler | undefined {
  if (args === undefined) return undefined
  return new Pooler(
    'pooler',
    args.kind === 'pgbouncer'
      ? { ...args, ...last(transforms.pgbouncer) }
      : { ...args, ...last(transforms.rdsProxy) },
  )
}

/** The user's transforms of a component, who has the last word; none where there are none. */
function last<T>(transform: T | undefined): { readonly transform?: T } {
  return transform === undefined ? {} : { transform }
}
