import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from './estate.ts'
import { type KeyPurpose, keyPolicy } from './key-policy.ts'
import { type Transform, transformed } from './transform.ts'

export interface KeysArgs {
  readonly estate: Estate
  readonly accountId: string
  /** Roles that may administer the keys; none: whoever the account's policies allow. */
  readonly administrators: readonly string[]
  /** Another account that receives copies of backups. */
  readonly backupAccountId: string | undefined
  readonly rotationDays: number
  readonly deletionWindowDays: number
  readonly transform?: {
    readonly key?: Transform<aws.kms.KeyArgs>
    readonly alias?: Transform<aws.kms.AliasArgs>
  }
}

/**
 * One key for each kind of thing, so that who may read a backup need not be able to read the database: data, backups, secrets; and a key for data
 * and one for backups in the recovery region, since a key serves its own region alone.
 */
export class Keys extends pulumi.ComponentResource {
  readonly dataArn: pulumi.Output<string>
  readonly backupsArn: pulumi.Output<string>
  readonly secretsArn: pulumi.Output<string>
  /** In the recovery region; `undefined` where there is none. */
  readonly recovery:
    | { readonly dataArn: pulumi.Output<string>; readonly backupsArn: pulumi.Output<string> }
    | undefined

  constructor(name: string, args: KeysArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Keys', name, {}, options)
    const { region, recoveryRegion } = args.estate
    const make = (purpose: KeyPurpose, where: string, place: '' | '-recovery') =>
      this.#key(`${name}-${purpose}${place}`, args, purpose, where)
    this.dataArn = make('data', region, '')
    this.backupsArn = make('backups', region, '')
    this.secretsArn = make('secrets', region, '')
    this.recovery =
      recoveryRegion === undefined
        ? undefined
        : {
            dataArn: make('data', recoveryRegion, '-recovery'),
            backupsArn: make('backups', recoveryRegion, '-recovery'),
          }
    this.registerOutputs({ dataArn: this.dataArn, backupsArn: this.backupsArn, secretsArn: this.secretsArn })
  }

  #key(child: string, args: KeysArgs, purpose: KeyPurpose, region: string): pulumi.Output<string> {
    const { estate, transform } = args
    const key = new aws.kms.Key(
      child,
      ...transformed(
        transform?.key,
        {
          description: `${estate.prefix}: ${purpose}`,
          enableKeyRotation: true,
          rotationPeriodInDays: args.rotationDays,
          deletionWindowInDays: args.deletionWindowDays,
          policy: keyPolicy(purpose, { ...args, region }),
          region,
          tags: { ...estate.tags },
        },
        { parent: this, protect: estate.production, retainOnDelete: estate.production },
      ),
    )
    new aws.kms.Alias(
      `${child}-alias`,
      ...transformed(
        transform?.alias,
        { name: `alias/${estate.prefix}/${purpose}`, targetKeyId: key.id, region },
        { parent: this },
      ),
    )
    return key.arn
  }
}
