import { type DeclaredOutput, resultOf } from './pulumi-declarations.ts'
import { ACCOUNT, digits, type Inputs, REGION } from './pulumi-facts.ts'

type Answer = (args: Inputs, region: string) => Readonly<Record<string, unknown>>

const zones = (region: string) => ['a', 'b', 'c'].map(letter => `${region}${letter}`)

/** Functions of AWS's provider with an answer that programs build upon; of others only the form is made up. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({
    accountId: ACCOUNT,
    id: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/deployer`,
    userId: 'AIDADEPLOYER',
  }),
  'aws:index/getPartition:getPartition': () => ({
    id: 'aws',
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    reverseDnsPrefix: 'com.amazonaws',
  }),
  'aws:index/getRegion:getRegion': (args, region) => {
    const name = String(args.region ?? args.name ?? region)
    return { id: name, name, region: name, description: name, endpoint: `ec2.${name}.amazonaws.com` }
  },
  'aws:index/getAvailabilityZones:getAvailabilityZones': (args, region) => {
    const names = zones(String(args.region ?? region))
    return {
      id: region,
      region,
      names,
      zoneIds: names.map((_, index) => `zone${index + 1}`),
      groupNames: [region],
    }
  },
  'aws:rds/getOrderableDbInstance:getOrderableDbInstance': args => {
    const classes = args.preferredInstanceClasses
    const wanted = args.instanceClass ?? (Array.isArray(classes) ? classes[0] : undefined)
    const known = { id: wanted, instanceClass: wanted, engine: args.engine ?? 'postgres', vpc: true }
    return { ...known, multiAzCapable: true, readReplicaCapable: true, supportsStorageEncryption: true }
  },
  'aws:rds/getEngineVersion:getEngineVersion': args => {
    const version = String(args.version ?? args.preferredVersions ?? '17')
    const major = version.split('.')[0]
    const actual = version.includes('.') ? version : `${major}.6`
    return {
      engine: 'postgres',
      version: actual,
      versionActual: actual,
      parameterGroupFamily: `postgres${major}`,
    }
  },
  'aws:ec2/getVpc:getVpc': (args, region) => ({
    id: args.id ?? 'vpc-0123456789abcdef0',
    cidrBlock: '10.0.0.0/16',
    arn: `arn:aws:ec2:${region}:${ACCOUNT}:vpc/${args.id}`,
  }),
  'aws:ec2/getSubnet:getSubnet': (args, region) => ({
    id: args.id ?? 'subnet-0123456789abcdef0',
    vpcId: args.vpcId ?? 'vpc-0123456789abcdef0',
    availabilityZone: zones(region)[Number.parseInt(digits(String(args.id), 4), 16) % 3],
    cidrBlock: '10.0.0.0/24',
  }),
  'aws:ec2/getSubnets:getSubnets': () => ({ ids: ['subnet-a', 'subnet-b', 'subnet-c'] }),
  'aws:ec2/getPrefixList:getPrefixList': (args, region) => ({
    id: 'pl-6ea54007',
    name: args.name ?? `com.amazonaws.${region}.s3`,
    cidrBlocks: ['52.219.0.0/20'],
  }),
}

/** What a function answers; `undefined`: no installed provider declares it. */
export function answerOf(token: string, args: Inputs, region = REGION): Record<string, unknown> | undefined {
  const declared = resultOf(token)
  if (!declared || declared.length === 0) return undefined
  const exact = ANSWERS[token]?.(args, region) ?? {}
  const rest = declared
    .filter(({ name, always }) => always && exact[name] === undefined)
    .map((output): [string, unknown] => [output.name, args[output.name] ?? madeUp(output, region)])
  return { ...Object.fromEntries(rest), ...exact }
}

function madeUp({ name, type }: DeclaredOutput, region: string): unknown {
  if (name === 'region') return region
  if (type.endsWith('[]')) return []
  if (type === 'number') return 0
  if (type === 'boolean') return false
  return type.startsWith('{') || type.startsWith('outputs.') ? {} : `some-${name}`
}
