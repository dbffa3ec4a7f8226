import type { Settings } from '../settings/settings.ts'
import { type GuardRail, when } from './guard-rail.ts'

const PRODUCTION_ZONES = 3

/** Zones the database's subnets lie in. */
const zonesOf = ({ network, provider }: Settings): readonly string[] =>
  network.vpcId === undefined
    ? network.zones.map(letter => `${provider.region}${letter}`)
    : Object.keys(network.databaseSubnets ?? {})

/** Standby and zones. */
export const availability: GuardRail = ({ settings }) => {
  const { database, network, platform } = settings
  const zones = zonesOf(settings)
  const subnetsKey = network.vpcId === undefined ? 'howdah:network.zones' : 'howdah:network.databaseSubnets'
  const zone = database.availabilityZone
  return [
    ...when(
      database.multiAz && zone !== undefined,
      'howdah:database.availabilityZone',
      'cannot be with howdah:database.multiAz, which takes two zones and swaps them',
    ),
    ...when(
      !database.multiAz && zone !== undefined && zones.length > 0 && !zones.includes(zone),
      'howdah:database.availabilityZone',
      `is none of the zones of the network: ${zones.join(', ')}`,
    ),
    ...when(
      platform.production && zones.length > 0 && zones.length < PRODUCTION_ZONES,
      subnetsKey,
      `${zones.length} zones; production takes ${PRODUCTION_ZONES}, so that two are left when one is lost`,
    ),
    ...when(
      !platform.production && zones.length === 1,
      subnetsKey,
      'one zone; a subnet group of RDS has two at least',
    ),
  ]
}
