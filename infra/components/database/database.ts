import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { makeLogGroups } from '../instance/log-groups.ts'
import { makeMonitoringRole } from '../instance/monitoring-role.ts'
import { guarded, type InstanceOperation, operatedAs, PATIENCE } from '../instance/operation.ts'
import { makeParameterGroup } from '../instance/parameter-group.ts'
import type { ServerSettings } from '../instance/server-parameters.ts'
import { type Transform, transformed } from '../transform.ts'
import { bornFrom, type DatabaseSource, hasOwnMaster, settledAtBirth } from './source.ts'

export interface DatabaseStorage {
  readonly allocatedGib: number
  /** 0: it does not grow by itself. */
  readonly maxAllocatedGib: number
  readonly type: string
  readonly iops: number | undefined
  readonly throughputMibps: number | undefined
  readonly dedicatedLogVolume: boolean
}

export interface DatabaseTransforms {
  readonly instance?: Transform<aws.rds.InstanceArgs>
  readonly parameterGroup?: Transform<aws.rds.ParameterGroupArgs>
  readonly logGroup?: Transform<aws.cloudwatch.LogGroupArgs>
  readonly monitoringRole?: Transform<aws.iam.RoleArgs>
  readonly masterRotation?: Transform<aws.secretsmanager.SecretRotationArgs>
}

export interface DatabaseArgs {
  readonly estate: Estate
  readonly accountId: string
  readonly source: DatabaseSource
  /** Each restore is a new generation, beside the old one. */
  readonly generation: number
  readonly version: string
  readonly instanceClass: string
  readonly storage: DatabaseStorage
  readonly server: ServerSettings
  readonly operation: InstanceOperation
  readonly multiAz: boolean
  readonly availabilityZone: string | undefined
  readonly blueGreenUpdate: boolean
  readonly finalSnapshot: boolean
  readonly backup: {
    readonly retentionDays: number
    readonly window: string
    /** Whether AWS Backup sets both itself; then they are left alone after birth. */
    readonly ownedByBackupPlan: boolean
  }
  /** A tag that the primary alone has: the plan of AWS Backup goes by it, and replicas need no backups twice. */
  readonly selectedTag: { readonly key: string; readonly value: string }
  readonly masterRotationDays: number
  readonly subnetGroupName: pulumi.Input<string>
  readonly securityGroupIds: pulumi.Input<string>[]
  readonly dataKeyArn: pulumi.Input<string>
  readonly secretsKeyArn: pulumi.Input<string>
  readonly transform?: DatabaseTransforms
}

/** The primary of the platform, and what it cannot be without. */
export class Database extends pulumi.ComponentResource {
  /** What it is called at AWS: `shop-prod-g1`. */
  readonly identifier: string
  readonly instanceIdentifier: pulumi.Output<string>
  readonly arn: pulumi.Output<string>
  readonly resourceId: pulumi.Output<string>
  readonly address: pulumi.Output<string>
  /** RDS's own secret of the master user; absent while it follows another instance. */
  readonly masterSecretArn: pulumi.Output<string> | undefined
  readonly monitoringRoleArn: pulumi.Output<string> | undefined
  readonly parameterGroupName: pulumi.Output<string>
  readonly logGroupNames: pulumi.Output<string>[]

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Database', name, {}, options)
    const { estate, operation, transform } = args
    this.identifier = `${estate.prefix}-g${args.generation}`
    const generation = `${name}-g${args.generation}`
    const logs = makeLogGroups(
      this,
      generation,
      {
        estate,
        region: estate.region,
        identifier: this.identifier,
        logs: operation.logExports,
        retentionDays: operation.logRetentionDays,
        kmsKeyArn: args.dataKeyArn,
      },
      transform?.logGroup,
    )
    this.monitoringRoleArn =
      operation.monitoringIntervalSeconds > 0
        ? makeMonitoringRole(this, name, args, transform?.monitoringRole)
        : undefined
    this.parameterGroupName = makeParameterGroup(
      this,
      name,
      { estate, region: estate.region, server: args.server },
      transform?.parameterGroup,
    )
    const instance = new aws.rds.Instance(
      `${generation}-instance`,
      ...transformed(transform?.instance, this.#instance(args), {
        parent: this,
        dependsOn: logs,
        ignoreChanges: [
          ...settledAtBirth(args.source),
          ...(args.backup.ownedByBackupPlan ? ['backupRetentionPeriod', 'backupWindow'] : []),
        ],
        customTimeouts: PATIENCE,
        ...guarded(estate),
      }),
    )
    this.instanceIdentifier = instance.identifier
    this.arn = instance.arn
    this.resourceId = instance.resourceId
    this.address = instance.address
    this.logGroupNames = logs.map(group => group.name)
    this.masterSecretArn = hasOwnMaster(args.source) ? this.#rotation(generation, args, instance) : undefined
    this.registerOutputs({ identifier: this.instanceIdentifier, arn: this.arn })
  }

  #instance(args: DatabaseArgs): aws.rds.InstanceArgs {
    const { estate, operation, source, storage, backup } = args
    return {
      ...operatedAs(operation, {
        estate,
        kmsKeyArn: args.dataKeyArn,
        monitoringRoleArn: this.monitoringRoleArn,
      }),
      ...bornFrom(source),
      identifier: this.identifier,
      engineVersion: args.version,
      engineLifecycleSupport: operation.extendedSupport
        ? 'open-source-rds-extended-support'
        : 'open-source-rds-extended-support-disabled',
      instanceClass: args.instanceClass,
      allocatedStorage: storage.allocatedGib,
      ...(storage.maxAllocatedGib > 0 && { maxAllocatedStorage: storage.maxAllocatedGib }),
      storageType: storage.type,
      iops: storage.iops,
      storageThroughput: storage.throughputMibps,
      dedicatedLogVolume: storage.dedicatedLogVolume,
      kmsKeyId: args.dataKeyArn,
      ...(hasOwnMaster(source) && {
        manageMasterUserPassword: true,
        masterUserSecretKmsKeyId: args.secretsKeyArn,
      }),
      multiAz: args.multiAz,
      availabilityZone: args.availabilityZone,
      dbSubnetGroupName: args.subnetGroupName,
      vpcSecurityGroupIds: args.securityGroupIds,
      parameterGroupName: this.parameterGroupName,
      backupRetentionPeriod: backup.retentionDays,
      backupWindow: backup.window,
      blueGreenUpdate: { enabled: args.blueGreenUpdate },
      skipFinalSnapshot: !args.finalSnapshot,
      ...(args.finalSnapshot && { finalSnapshotIdentifier: `${this.identifier}-final` }),
      region: estate.region,
      tags: { ...estate.tags, [args.selectedTag.key]: args.selectedTag.value },
    }
  }

  /** RDS changes the master password every seven days unless told otherwise; the first change is RDS's own. */
  #rotation(generation: string, args: DatabaseArgs, instance: aws.rds.Instance): pulumi.Output<string> {
    const secretArn = instance.masterUserSecrets.apply(secrets => {
      const arn = secrets?.[0]?.secretArn
      if (arn === undefined)
        throw new pulumi.RunError(
          `RDS has made no secret for the master user of ${this.identifier} yet: run pulumi refresh, then pulumi up`,
        )
      return arn
    })
    new aws.secretsmanager.SecretRotation(
      `${generation}-master-rotation`,
      ...transformed(
        args.transform?.masterRotation,
        {
          secretId: secretArn,
          rotateImmediately: false,
          rotationRules: { automaticallyAfterDays: args.masterRotationDays },
          region: args.estate.region,
        },
        { parent: this },
      ),
    )
    return secretArn
  }
}
