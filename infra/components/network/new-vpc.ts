import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { partOfRange } from '../addresses.ts'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'
import type { FlowLogArgs } from './flow-log.ts'

/** A VPC of our own, from which no route leads to the internet. */
export interface NewVpc {
  readonly kind: 'new'
  readonly cidr: string
  /** Full names: `eu-central-1a`. */
  readonly zones: readonly string[]
  readonly flowLog: FlowLogArgs | undefined
}

/** What the rest of the network needs of a VPC, new or not. */
export interface Vpc {
  readonly vpcId: pulumi.Input<string>
  readonly databaseSubnetIds: pulumi.Input<string>[]
  readonly applicationSubnetIds: pulumi.Input<string>[]
  /** `undefined`: not ours. */
  readonly routeTableIds: pulumi.Input<string>[] | undefined
  readonly zones: readonly string[]
}

export interface VpcTransforms {
  readonly vpc?: Transform<aws.ec2.VpcArgs>
  readonly subnet?: Transform<aws.ec2.SubnetArgs>
  readonly routeTable?: Transform<aws.ec2.RouteTableArgs>
}

interface Wanted {
  readonly estate: Estate
  readonly region: string
  readonly extent: 'full' | 'database'
  readonly transform?: VpcTransforms
}

/** Bits that tell sixteen subnets apart: up to eight zones of two kinds. */
const SUBNET_BITS = 4
const APPLICATION_OFFSET = 8

/**
 * A VPC without an internet gateway or NAT: its one route table knows the VPC alone. The default security group, which would let everything in it
 * talk to everything, is emptied (EC2.2 of Security Hub).
 */
export function makeNewVpc(parent: pulumi.Resource, name: string, wanted: Wanted, vpc: NewVpc): Vpc {
  const { estate, region, transform } = wanted
  const tagged = (role: string) => ({ ...estate.tags, Name: `${estate.prefix}-${role}` })
  const own = new aws.ec2.Vpc(
    `${name}-vpc`,
    ...transformed(
      transform?.vpc,
      { cidrBlock: vpc.cidr, enableDnsHostnames: true, enableDnsSupport: true, region, tags: tagged('vpc') },
      { parent },
    ),
  )
  new aws.ec2.DefaultSecurityGroup(
    `${name}-default-security-group`,
    { vpcId: own.id, ingress: [], egress: [], region, tags: tagged('default-closed') },
    { parent },
  )
  const routes = new aws.ec2.RouteTable(
    `${name}-routes`,
    ...transformed(
      transform?.routeTable,
      { vpcId: own.id, routes: [], region, tags: tagged('isolated') },
      { parent },
    ),
  )
  const partBits = Number(vpc.cidr.split('/')[1]) + SUBNET_BITS
  const subnets = (role: string, offset: number) =>
    vpc.zones.map((zone, index) => {
      const child = `${name}-${role}-${zone}`
      const subnet = new aws.ec2.Subnet(
        child,
        ...transformed(
          transform?.subnet,
          {
            vpcId: own.id,
            availabilityZone: zone,
            cidrBlock: partOfRange(vpc.cidr, partBits, offset + index),
            mapPublicIpOnLaunch: false,
            region,
            tags: tagged(`${role}-${zone}`),
          },
          { parent },
        ),
      )
      new aws.ec2.RouteTableAssociation(
        `${child}-routes`,
        { subnetId: subnet.id, routeTableId: routes.id, region },
        { parent },
      )
      return subnet.id
    })
  return {
    vpcId: own.id,
    databaseSubnetIds: subnets('database', 0),
    applicationSubnetIds: wanted.extent === 'full' ? subnets('application', APPLICATION_OFFSET) : [],
    routeTableIds: [routes.id],
    zones: vpc.zones,
  }
}
