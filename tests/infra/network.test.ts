import { describe, expect, test } from 'vitest'
import { Keys } from '../../infra/components/keys.ts'
import { Network, type NetworkArgs } from '../../infra/components/network/network.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { PRODUCTION } from './programs/estates.ts'

const estate = PRODUCTION

const ARGS: NetworkArgs = {
  estate,
  region: 'eu-central-1',
  extent: 'full',
  endpoints: true,
  databasePort: 5433,
  poolerPort: 6432,
  vpc: {
    kind: 'new',
    cidr: '10.64.0.0/16',
    zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    flowLog: { retentionDays: 365, kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/k' },
  },
}

const network = (over: Partial<NetworkArgs> = {}) =>
  registrationsOf(() => {
    new Network('network', { ...ARGS, ...over })
  })

describe('a new network', () => {
  test('has no way to the internet and none into it', async () => {
    const { registrations, of, only } = await network()
    const types = registrations.map(({ type }) => type)
    for (const way of ['internetGateway', 'natGateway', 'eip', 'egressOnlyInternetGateway', 'route:Route'])
      expect(types.filter(type => type.includes(way))).toEqual([])
    expect(only('aws:ec2/routeTable:RouteTable').inputs.routes).toEqual([])
    expect(of('aws:ec2/subnet:Subnet').map(({ inputs }) => inputs.mapPublicIpOnLaunch)).toEqual(
      Array(6).fill(false),
    )
  })

  test('lies in three zones, with ranges that do not overlap', async () => {
    const subnets = (await network()).of('aws:ec2/subnet:Subnet')
    expect(subnets.map(({ name, inputs }) => [name, inputs.cidrBlock])).toEqual([
      ['network-application-eu-central-1a', '10.64.128.0/20'],
      ['network-application-eu-central-1b', '10.64.144.0/20'],
      ['network-application-eu-central-1c', '10.64.160.0/20'],
      ['network-database-eu-central-1a', '10.64.0.0/20'],
      ['network-database-eu-central-1b', '10.64.16.0/20'],
      ['network-database-eu-central-1c', '10.64.32.0/20'],
    ])
  })

  test('opens ports from group to group only, and each on both sides', async () => {
    const { of } = await network()
    const ingress = of('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
    const egress = of('aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule')
    for (const { inputs } of [...ingress, ...egress]) {
      expect(inputs.cidrIpv4).toBeUndefined()
      expect(inputs.cidrIpv6).toBeUndefined()
      expect(inputs.fromPort).toBe(inputs.toPort)
      expect(inputs.referencedSecurityGroupId ?? inputs.prefixListId).toBeTruthy()
    }
    expect(ingress.map(({ name, inputs }) => [name, inputs.fromPort])).toEqual([
      ['network-clients-to-load-balancer-in', 6432],
      ['network-load-balancer-to-pooler-in', 6432],
      ['network-monitoring-to-runner-in', 9187],
      ['network-pooler-to-database-in', 5433],
      ['network-pooler-to-endpoints-in', 443],
      ['network-runner-to-database-in', 5433],
      ['network-runner-to-endpoints-in', 443],
      ['network-runner-to-pooler-in', 6432],
    ])
    const pairs = (rules: typeof ingress) => rules.map(({ name }) => name.replace(/-(in|out)$/, ''))
    expect(pairs(egress)).toEqual(expect.arrayContaining(pairs(ingress)))
    expect(of('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup')[0]?.inputs).toMatchObject({
      ingress: [],
      egress: [],
    })
  })

  test('reaches the services of AWS by private endpoints', async () => {
    const endpoints = (await network()).of('aws:ec2/vpcEndpoint:VpcEndpoint')
    expect(endpoints.map(({ inputs }) => String(inputs.serviceName).split('.').slice(3).join('.'))).toEqual([
      'backup',
      'ecr.api',
      'ecr.dkr',
      'ecs',
      'kms',
      'logs',
      'monitoring',
      'rds',
      's3',
      'secretsmanager',
      'sts',
    ])
  })
})

test('an existing network is left as it is: groups, rules and a subnet group are made in it', async () => {
  const { registrations } = await network({
    endpoints: false,
    vpc: {
      kind: 'existing',
      vpcId: 'vpc-12345678',
      databaseSubnets: { 'eu-central-1a': 'subnet-a', 'eu-central-1b': 'subnet-b' },
      applicationSubnets: { 'eu-central-1a': 'subnet-c' },
    },
  })
  const types = new Set(registrations.map(({ type }) => type.split(':').at(-1)))
  expect([...types].sort()).toEqual([
    'Network',
    'SecurityGroup',
    'SecurityGroupEgressRule',
    'SecurityGroupIngressRule',
    'SubnetGroup',
  ])
})

test('a network for a replica has its database and its readers, and nothing that runs', async () => {
  const { of } = await network({ extent: 'database', endpoints: false, region: 'eu-west-1' })
  expect(of('aws:ec2/securityGroup:SecurityGroup').map(({ name }) => name)).toEqual([
    'network-clients',
    'network-database',
  ])
  expect(of('aws:ec2/subnet:Subnet').every(({ inputs }) => inputs.region === 'eu-west-1')).toBe(true)
})

describe('keys', () => {
  const keys = (over: Partial<ConstructorParameters<typeof Keys>[1]> = {}) =>
    registrationsOf(() => {
      new Keys('keys', {
        estate,
        accountId: '123456789012',
        administrators: [],
        backupAccountId: undefined,
        rotationDays: 365,
        deletionWindowDays: 30,
        ...over,
      })
    })
  const statements = (policy: unknown): { Sid: string; Principal: { AWS?: string }; Action: unknown }[] =>
    JSON.parse(String(policy)).Statement

  test('are one for each purpose, rotated, guarded, and of the recovery region too', async () => {
    const made = (await keys()).of('aws:kms/key:Key')
    expect(made.map(({ name, inputs }) => `${name} ${inputs.region}`)).toEqual([
      'keys-backups eu-central-1',
      'keys-backups-recovery eu-west-1',
      'keys-data eu-central-1',
      'keys-data-recovery eu-west-1',
      'keys-secrets eu-central-1',
    ])
    for (const { inputs, protect, retainOnDelete } of made) {
      expect(inputs.enableKeyRotation).toBe(true)
      expect([protect, retainOnDelete]).toEqual([true, true])
    }
  })

  test('with administrators, nobody else may change them', async () => {
    const admin = 'arn:aws:iam::123456789012:role/keys'
    for (const { inputs } of (await keys({ administrators: [admin] })).of('aws:kms/key:Key'))
      for (const { Sid, Action } of statements(inputs.policy).filter(({ Sid }) => Sid !== 'Administrators'))
        expect(JSON.stringify(Action), Sid).not.toMatch(/kms:\*|Put|ScheduleKeyDeletion|Disable/)
  })

  test('another account may use those of data and backups, and not that of secrets', async () => {
    const made = (await keys({ backupAccountId: '999988887777' })).of('aws:kms/key:Key')
    const open = made.filter(({ inputs }) => String(inputs.policy).includes('999988887777'))
    expect(open.map(({ name }) => name)).toEqual([
      'keys-backups',
      'keys-backups-recovery',
      'keys-data',
      'keys-data-recovery',
    ])
  })
})
