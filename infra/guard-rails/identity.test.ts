import { RunError } from '@pulumi/pulumi'
import { describe, expect, test } from 'vitest'
import {
  BRONZE,
  backups,
  bad,
  type Case,
  GOLD,
  network,
  refusal,
  replicas,
  SILVER,
  subnets,
} from '../../tests/harness/guard-rail-cases.ts'

const CASES: readonly Case[] = [
  bad(
    'a recovery region that is the region itself',
    GOLD,
    { 'howdah:recoveryRegion': 'eu-central-1' },
    'howdah:recoveryRegion',
    /itself/,
  ),
  bad(
    'gold without a recovery region',
    GOLD,
    { 'howdah:recoveryRegion': undefined },
    'howdah:recoveryRegion',
    /loss of a region/,
  ),
  bad(
    'silver without a recovery region',
    SILVER,
    { 'howdah:recoveryRegion': undefined },
    'howdah:recoveryRegion',
    /loss of a region/,
  ),
  bad(
    'copies without a region to go to',
    BRONZE,
    backups({ copyToRecoveryRegion: true }),
    'howdah:recoveryRegion',
    /copyToRecoveryRegion/,
  ),
  bad(
    'a replica in no region',
    BRONZE,
    replicas({ recovery: true }),
    'howdah:recoveryRegion',
    /replicas.recovery/,
  ),
  bad('a tag that the platform sets', GOLD, { 'howdah:tags': { rpo: 'none' } }, 'howdah:tags', /rpo/),
  bad(
    'a name too long for load balancers',
    GOLD,
    { 'howdah:application': 'a-very-long-name-abc', 'howdah:environment': 'preproduction' },
    'howdah:application',
    /characters/,
  ),
  bad(
    'every branch in CI',
    GOLD,
    { 'howdah:runner': { ciRepository: 'a/b', ciRefs: ['*'] } },
    'howdah:runner.ciRefs',
    /every branch/,
  ),
  bad(
    'a repository without an owner',
    GOLD,
    { 'howdah:runner': { ciRepository: 'b' } },
    'howdah:runner.ciRepository',
    /owner\/name/,
  ),

  bad(
    'an existing VPC without subnets',
    GOLD,
    network({ vpcId: 'vpc-12345678' }),
    'howdah:network.databaseSubnets',
    /missing/,
  ),
  bad(
    'subnets without their VPC',
    GOLD,
    network({ databaseSubnets: subnets('eu-central-1', 'abc') }),
    'howdah:network.vpcId',
    /missing/,
  ),
  bad(
    'subnets of another region',
    GOLD,
    network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-west-1', 'abc') }),
    'howdah:network.databaseSubnets',
    /not in eu-central-1/,
  ),
  bad(
    'two zones in production',
    GOLD,
    network({ vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'ab') }),
    'howdah:network.databaseSubnets',
    /2 zones/,
  ),
  bad(
    'a new VPC with two zones in production',
    GOLD,
    network({ zones: ['a', 'b'] }),
    'howdah:network.zones',
    /2 zones/,
  ),
  bad(
    'a new VPC without endpoints',
    GOLD,
    network({ endpoints: false }),
    'howdah:network.endpoints',
    /no task would start/,
  ),
  bad(
    'overlapping ranges',
    GOLD,
    network({ recoveryCidr: '10.64.128.0/20' }),
    'howdah:network.recoveryCidr',
    /overlaps/,
  ),
  bad(
    'a range that begins in the middle',
    GOLD,
    network({ cidr: '10.64.1.0/16' }),
    'howdah:network.cidr',
    /10\.64\.0\.0\/16 is/,
  ),
  bad(
    'a range with an existing VPC',
    GOLD,
    network({ cidr: '10.70.0.0/16', vpcId: 'vpc-12345678', databaseSubnets: subnets('eu-central-1', 'abc') }),
    'howdah:network.cidr',
    /existing/,
  ),
  bad(
    'a recovery VPC without subnets',
    GOLD,
    network({ recoveryVpcId: 'vpc-12345678' }),
    'howdah:network.recoverySubnets',
    /together/,
  ),
]

describe('names, regions and networks that do not fit together', () => {
  test.each(CASES)('$what', ({ on, config, keys, says }) => {
    const error = refusal({ ...on, ...config })
    expect(error?.problems.map(({ key }) => key)).toEqual(keys)
    expect(error?.message).toMatch(says)
    expect(error).toBeInstanceOf(RunError)
  })
})
