import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from './estate.ts'
import { makeLogGroups } from './instance/log-groups.ts'
import { guarded, type InstanceOperation, operatedAs, PATIENCE } from './instance/operation.ts'
import { makeParameterGroup } from './instance/parameter-group.ts'
import type { ServerSettings } from './instance/server-parameters.ts'
import { type Transform, transformed } from './transform.ts'

/** Where replicas stand: their own region's subnets, groups and key. */
export interface ReplicaPlace {
  readonly region: string
  readonly subnetGroupName: pulumi.Input<string>
  readonly securityGroupIds: pulumi.Input<string>[]
  readonly dataKeyArn: pulumi.Input<string>
}

export interface ReplicasArgs {
  readonly estate: Estate
  /** ARN of the instance they follow: with a subnet group of their own, RDS takes no identifier. */
  readonly sourceArn: pulumi.Input<string>
  /** Identifier of the instance they follow, which theirs begin with: `shop-prod-g1`. */
  readonly sourceIdentifier: string
  readonly generation: number
  readonly count: number
  readonly instanceClass: string
  /** Whether the first has backups: AWS promotes a replica only once it has one. */
  readonly promotable: boolean
  readonly backupRetentionDays: number
  readonly backupWindow: string
  readonly storage: { readonly type: string; readonly maxAllocatedGib: number }
  readonly operation: InstanceOperation
  readonly server: ServerSettings
  readonly monitoringRoleArn: pulumi.Input<string> | undefined
  readonly here: ReplicaPlace
  /** The one of the recovery region, with a standby of its own; `undefined`: none. */
  readonly recovery: (ReplicaPlace & { readonly instanceClass: string }) | undefined
  readonly transform?: {
    readonly instance?: Transform<aws.rds.InstanceArgs>
    readonly parameterGroup?: Transform<aws.rds.ParameterGroupArgs>
    readonly logGroup?: Transform<aws.cloudwatch.LogGroupArgs>
  }
}

export interface Replica {
  readonly identifier: string
  readonly arn: pulumi.Output<string>
  readonly address: pulumi.Output<string>
  readonly region: string
}

interface Wanted {
  readonly role: string
  readonly place: ReplicaPlace
  readonly instanceClass: string
  readonly multiAz: boolean
  readonly backupRetentionDays: number
  readonly parameterGroupName: pulumi.Output<string>
}

/** Read replicas: any number beside the primary, and one in the recovery region. */
export class Replicas extends pulumi.ComponentResource {
  readonly replicas: readonly Replica[]
  readonly recovery: Replica | undefined

  constructor(name: string, args: ReplicasArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Replicas', name, {}, options)
    const { estate, here, recovery } = args
    const parameters = (role: string, region: string) =>
      makeParameterGroup(this, role, { estate, region, server: args.server }, args.transform?.parameterGroup)
    const own = args.count > 0 ? parameters(name, here.region) : undefined
    this.replicas = own
      ? Array.from({ length: args.count }, (_, index) =>
          this.#replica(name, args, {
            role: String(index + 1),
            place: here,
            instanceClass: args.instanceClass,
            multiAz: false,
            backupRetentionDays: args.promotable && index === 0 ? args.backupRetentionDays : 0,
            parameterGroupName: own,
          }),
        )
      : []
    this.recovery = recovery
      ? this.#replica(name, args, {
          role: 'recovery',
          place: recovery,
          instanceClass: recovery.instanceClass,
          multiAz: true,
          backupRetentionDays: args.backupRetentionDays,
          parameterGroupName: parameters(`${name}-recovery`, recovery.region),
        })
      : undefined
    this.registerOutputs({ addresses: this.replicas.map(({ address }) => address) })
  }

  #replica(name: string, args: ReplicasArgs, wanted: Wanted): Replica {
    const { estate, operation, transform } = args
    const { place, role } = wanted
    const identifier = `${args.sourceIdentifier}-${role === 'recovery' ? role : `r${role}`}`
    const child = `${name}-g${args.generation}-${role}`
    const logs = makeLogGroups(
      this,
      child,
      {
        estate,
        region: place.region,
        identifier,
        logs: operation.logExports,
        retentionDays: operation.logRetentionDays,
        kmsKeyArn: place.dataKeyArn,
      },
      transform?.logGroup,
    )
    const elsewhere = place.region !== estate.region
    const instance = new aws.rds.Instance(
      child,
      ...transformed<aws.rds.InstanceArgs>(
        transform?.instance,
        {
          ...operatedAs(operation, {
            estate,
            kmsKeyArn: place.dataKeyArn,
            monitoringRoleArn: args.monitoringRoleArn,
          }),
          identifier,
          replicateSourceDb: args.sourceArn,
          instanceClass: wanted.instanceClass,
          storageType: args.storage.type,
          ...(args.storage.maxAllocatedGib > 0 && { maxAllocatedStorage: args.storage.maxAllocatedGib }),
          // In one region a replica has the key of its source, and RDS takes none.
          ...(elsewhere && { kmsKeyId: place.dataKeyArn }),
          multiAz: wanted.multiAz,
          dbSubnetGroupName: place.subnetGroupName,
          vpcSecurityGroupIds: place.securityGroupIds,
          parameterGroupName: wanted.parameterGroupName,
          backupRetentionPeriod: wanted.backupRetentionDays,
          ...(wanted.backupRetentionDays > 0 && { backupWindow: args.backupWindow }),
          // RDS takes no final snapshot of a replica, and the provider fails on one that is asked for.
          skipFinalSnapshot: true,
          region: place.region,
        },
        {
          parent: this,
          dependsOn: logs,
          ignoreChanges: ['replicateSourceDb'],
          customTimeouts: PATIENCE,
          ...guarded(estate),
        },
      ),
    )
    return { identifier, arn: instance.arn, address: instance.address, region: place.region }
  }
}
