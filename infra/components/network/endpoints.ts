import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'
import type { Vpc } from './new-vpc.ts'
import type { SecurityGroups } from './security-groups.ts'

/** What the tasks talk to: images, logs, secrets, keys, and what the runner asks about the platform. */
const SERVICES = [
  'ecr.api',
  'ecr.dkr',
  'logs',
  'secretsmanager',
  'sts',
  'kms',
  'rds',
  'backup',
  'monitoring',
  'ecs',
] as const

interface Wanted {
  readonly estate: Estate
  readonly region: string
  readonly extent: 'full' | 'database'
  readonly transform?: { readonly endpoint?: Transform<aws.ec2.VpcEndpointArgs> }
}

/** The services of AWS inside the VPC: the only way out of subnets without a route to the internet. */
export function makeEndpoints(
  parent: pulumi.Resource,
  name: string,
  wanted: Wanted,
  vpc: Vpc,
  groups: SecurityGroups,
): void {
  const { estate, region, transform } = wanted
  if (wanted.extent !== 'full') return
  const base = { vpcId: vpc.vpcId, region }
  for (const service of SERVICES) {
    const role = service.replace('.', '-')
    new aws.ec2.VpcEndpoint(
      `${name}-endpoint-${role}`,
      ...transformed<aws.ec2.VpcEndpointArgs>(
        transform?.endpoint,
        {
          ...base,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          subnetIds: vpc.applicationSubnetIds,
          securityGroupIds: groups.ids.endpoints ? [groups.ids.endpoints] : [],
          tags: { ...estate.tags, Name: `${estate.prefix}-${role}` },
        },
        { parent },
      ),
    )
  }
  if (!vpc.routeTableIds) return
  const s3 = new aws.ec2.VpcEndpoint(
    `${name}-endpoint-s3`,
    ...transformed<aws.ec2.VpcEndpointArgs>(
      transform?.endpoint,
      {
        ...base,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: 'Gateway',
        routeTableIds: vpc.routeTableIds,
        tags: { ...estate.tags, Name: `${estate.prefix}-s3` },
      },
      { parent },
    ),
  )
  groups.allowPrefixList('pooler', 's3', s3.prefixListId)
  groups.allowPrefixList('runner', 's3', s3.prefixListId)
}
