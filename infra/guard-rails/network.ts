import { partOfRange } from '../components/addresses.ts'
import type { SettingKey } from '../settings/settings.ts'
import { type GuardRail, type Violation, when } from './guard-rail.ts'

/** An existing VPC comes with its subnets, a new one with its addresses. */
export const network: GuardRail = ({ settings, given }) => {
  const { network, provider, platform } = settings
  const inOtherRegion = (subnets: Readonly<Record<string, string>> | undefined, region: string | undefined) =>
    Object.keys(subnets ?? {}).filter(zone => region !== undefined && zone.slice(0, -1) !== region)
  const misplaced = (key: SettingKey, zones: readonly string[], region: string | undefined) =>
    when(zones.length > 0, key, `${zones.join(', ')} are not in ${region}`)
  return [
    ...when(
      network.vpcId !== undefined && network.databaseSubnets === undefined,
      'howdah:network.databaseSubnets',
      'is missing: howdah:network.vpcId names an existing VPC',
    ),
    ...when(
      network.vpcId === undefined &&
        (network.databaseSubnets !== undefined || network.applicationSubnets !== undefined),
      'howdah:network.vpcId',
      'is missing: the subnets are those of an existing VPC',
    ),
    ...when(
      network.vpcId !== undefined && given.has('howdah:network.cidr'),
      'howdah:network.cidr',
      'is for a new VPC, and howdah:network.vpcId names an existing one',
    ),
    ...when(
      network.vpcId === undefined && network.endpoints === false,
      'howdah:network.endpoints',
      'must not be false in a new VPC: nothing in it would reach the services of AWS, and no task would start',
    ),
    ...when(
      (network.recoveryVpcId === undefined) !== (network.recoverySubnets === undefined),
      network.recoveryVpcId === undefined ? 'howdah:network.recoveryVpcId' : 'howdah:network.recoverySubnets',
      'is missing: the VPC of the recovery region and its subnets are given together',
    ),
    ...misplaced(
      'howdah:network.databaseSubnets',
      inOtherRegion(network.databaseSubnets, provider.region),
      provider.region,
    ),
    ...misplaced(
      'howdah:network.applicationSubnets',
      inOtherRegion(network.applicationSubnets, provider.region),
      provider.region,
    ),
    ...misplaced(
      'howdah:network.recoverySubnets',
      inOtherRegion(network.recoverySubnets, platform.recoveryRegion),
      platform.recoveryRegion,
    ),
    ...ranges(network.cidr, network.recoveryCidr),
  ]
}

/** Ranges have to be able to meet, should somebody peer the two VPCs. */
function ranges(cidr: string, recoveryCidr: string): readonly Violation[] {
  const wrong = [
    ...misaligned('howdah:network.cidr', cidr),
    ...misaligned('howdah:network.recoveryCidr', recoveryCidr),
  ]
  if (wrong.length > 0) return wrong
  const [one, other] = [cidr, recoveryCidr].sort((left, right) => bitsOf(left) - bitsOf(right)) as [
    string,
    string,
  ]
  const enclosing = partOfRange(`${addressOf(other)}/${bitsOf(one)}`, bitsOf(one), 0)
  return when(
    enclosing === one,
    'howdah:network.recoveryCidr',
    `overlaps howdah:network.cidr (${cidr}): the two could never be connected`,
  )
}

const addressOf = (cidr: string) => cidr.split('/')[0] ?? ''
const bitsOf = (cidr: string) => Number(cidr.split('/')[1])

function misaligned(key: SettingKey, cidr: string): readonly Violation[] {
  const octets = addressOf(cidr).split('.').map(Number)
  if (octets.length !== 4 || octets.some(octet => octet > 255))
    return when(true, key, `${cidr} is no range of addresses`)
  const network = partOfRange(cidr, bitsOf(cidr), 0)
  return when(network !== cidr, key, `${cidr} is not the beginning of a range; ${network} is`)
}
