import { Database } from './components/database/database.ts'
import { Keys } from './components/keys.ts'
import { Network } from './components/network/network.ts'
import { Replicas } from './components/replicas.ts'
import { readSettings } from './settings/read-settings.ts'
import { transforms } from './transforms.ts'
import { databaseArgs, groupOf, replicasArgs } from './wiring/database.ts'
import { estateOf } from './wiring/estate.ts'
import { keysArgs, networkArgs, recoveryNetworkArgs } from './wiring/network.ts'

/** The program of every stack: settings, then components, each given what it needs of the others. What it returns are the stack's outputs. */
export default function platform() {
  const settings = readSettings()
  const estate = estateOf(settings)
  const { recoveryRegion } = estate
  const keys = new Keys('keys', { ...keysArgs(settings, estate), ...given(transforms.keys) })
  const network = new Network('network', {
    ...networkArgs(settings, estate, keys),
    ...given(transforms.network),
  })
  const database = new Database('database', {
    ...databaseArgs(settings, estate, { network, keys }),
    ...given(transforms.database),
  })
  const recoveryNetwork =
    settings.replicas.recovery && recoveryRegion !== undefined
      ? new Network('recovery-network', {
          ...recoveryNetworkArgs(settings, estate, recoveryRegion),
          ...given(transforms.recoveryNetwork),
        })
      : undefined
  const recovery =
    recoveryNetwork && recoveryRegion !== undefined && keys.recovery
      ? {
          region: recoveryRegion,
          subnetGroupName: recoveryNetwork.subnetGroupName,
          securityGroupIds: groupOf(recoveryNetwork),
          dataKeyArn: keys.recovery.dataArn,
        }
      : undefined
  const replicas = new Replicas('replicas', {
    ...replicasArgs(settings, estate, { database, network, keys, recovery }),
    ...given(transforms.replicas),
  })
  return {
    identifier: database.instanceIdentifier,
    databaseArn: database.arn,
    replicaArns: replicas.replicas.map(({ arn }) => arn),
  }
}

/** A user's transforms as an argument, or none at all. */
function given<T>(transform: T | undefined): { readonly transform?: T } {
  return transform === undefined ? {} : { transform }
}
