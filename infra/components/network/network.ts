import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'
import { makeEndpoints } from './endpoints.ts'
import { type FlowLogTransforms, makeFlowLog } from './flow-log.ts'
import { makeNewVpc, type NewVpc, type Vpc, type VpcTransforms } from './new-vpc.ts'
import { type GroupIds, type GroupName, makeSecurityGroups } from './security-groups.ts'

/** A VPC that is there already: who looks after it, looks after its routes as well. */
export interface ExistingVpc {
  readonly kind: 'existing'
  readonly vpcId: pulumi.Input<string>
  /** Subnets by availability zone, without a route to an internet gateway. */
  readonly databaseSubnets: Readonly<Record<string, string>>
  readonly applicationSubnets: Readonly<Record<string, string>>
}

export interface NetworkTransforms extends VpcTransforms, FlowLogTransforms {
  readonly securityGroup?: Transform<aws.ec2.SecurityGroupArgs>
  readonly endpoint?: Transform<aws.ec2.VpcEndpointArgs>
  readonly subnetGroup?: Transform<aws.rds.SubnetGroupArgs>
}

export interface NetworkArgs {
  readonly estate: Estate
  readonly region: string
  readonly vpc: ExistingVpc | NewVpc
  readonly endpoints: boolean
  /** `full`: poolers, runner and database; `database`: what a replica needs. */
  readonly extent: 'full' | 'database'
  readonly databasePort: number
  readonly poolerPort: number
  readonly transform?: NetworkTransforms
}

/** Where the platform lives: subnets over several zones, and who may talk to whom in them. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>
  readonly databaseSubnetIds: pulumi.Output<string[]>
  readonly applicationSubnetIds: pulumi.Output<string[]>
  readonly zones: readonly string[]
  readonly subnetGroupName: pulumi.Output<string>
  readonly securityGroupIds: GroupIds

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Network', name, {}, options)
    const { estate, region, transform } = args
    const vpc = args.vpc.kind === 'new' ? makeNewVpc(this, name, args, args.vpc) : existing(args.vpc)
    if (args.vpc.kind === 'new' && args.vpc.flowLog)
      makeFlowLog(this, name, { estate, region, vpcId: vpc.vpcId, ...args.vpc.flowLog }, transform)
    const groups = makeSecurityGroups(this, name, args, vpc.vpcId)
    if (args.endpoints) makeEndpoints(this, name, args, vpc, groups)
    const subnetGroup = new aws.rds.SubnetGroup(
      `${name}-subnet-group`,
      ...transformed(
        transform?.subnetGroup,
        {
          description: `Isolated subnets of ${estate.prefix}`,
          subnetIds: vpc.databaseSubnetIds,
          region,
          tags: { ...estate.tags },
        },
        { parent: this },
      ),
    )
    this.vpcId = pulumi.output(vpc.vpcId)
    this.databaseSubnetIds = pulumi.output(vpc.databaseSubnetIds)
    this.applicationSubnetIds = pulumi.output(vpc.applicationSubnetIds)
    this.zones = vpc.zones
    this.subnetGroupName = subnetGroup.name
    this.securityGroupIds = groups.ids
    this.registerOutputs({ vpcId: this.vpcId, subnetGroupName: this.subnetGroupName })
  }

  /** @throws RangeError where this network has no such group: one for replicas has `clients` and `database` alone */
  groupId(group: GroupName): pulumi.Output<string> {
    const id = this.securityGroupIds[group]
    if (id === undefined) throw new RangeError(`this network has no security group ${group}`)
    return id
  }
}

function existing(vpc: ExistingVpc): Vpc {
  return {
    vpcId: vpc.vpcId,
    databaseSubnetIds: Object.values(vpc.databaseSubnets),
    applicationSubnetIds: Object.values(vpc.applicationSubnets),
    routeTableIds: undefined,
    zones: Object.keys(vpc.databaseSubnets),
  }
}
