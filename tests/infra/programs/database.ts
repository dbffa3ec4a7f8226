import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'

export interface DatabaseSettings {
  readonly instanceClass?: string
  readonly retention?: number
  readonly encrypted?: boolean
  readonly username?: string
  readonly replicas?: number
  readonly replicaRegion?: string
  /** Name of the child that is the instance, as a rename in a component would change it. */
  readonly child?: string
  readonly aliases?: readonly string[]
  readonly protect?: boolean
}

class Database extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>

  constructor(name: string, settings: DatabaseSettings, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Database', name, {}, options)
    const child = settings.child ?? 'instance'
    const key = new aws.kms.Key(`${name}-key`, { enableKeyRotation: true }, { parent: this })
    const data = { parent: this, protect: settings.protect ?? true, retainOnDelete: true }
    const instance = new aws.rds.Instance(
      `${name}-${child}`,
      {
        engine: 'postgres',
        engineVersion: '17',
        instanceClass: settings.instanceClass ?? 'db.r8g.large',
        allocatedStorage: 100,
        backupRetentionPeriod: settings.retention ?? 7,
        storageEncrypted: settings.encrypted ?? true,
        kmsKeyId: key.arn,
        username: settings.username ?? 'pgadmin_shop',
        manageMasterUserPassword: true,
      },
      { ...data, aliases: (settings.aliases ?? []).map(alias => ({ name: alias })) },
    )
    for (let index = 1; index <= (settings.replicas ?? 0); index++)
      new aws.rds.Instance(
        `${name}-replica-${index}`,
        {
          replicateSourceDb: instance.identifier,
          instanceClass: 'db.r8g.large',
          region: settings.replicaRegion ?? 'eu-west-1',
        },
        { parent: this, dependsOn: key },
      )
    this.endpoint = instance.endpoint
    this.registerOutputs({ endpoint: this.endpoint })
  }
}

/** A small platform of the rig's own: a component with a key, an instance and replicas. */
export const databaseProgram = (settings: DatabaseSettings = {}) => ({
  endpoint: new Database('main', settings).endpoint,
})
