import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { Estate } from './estate.ts'
import { type Transform, transformed } from './transform.ts'

/** What there is a secret for, and what is in it, once somebody has written it. */
export const CREDENTIALS = {
  application: 'username and password of the application, as `howdah pooler rotate-credentials` writes them',
  'read-only': 'username and password for reading',
  migrator: 'username and password of migrations',
  monitor: 'username and password of metrics',
  'pooler-auth': 'password of the role that looks passwords up for the poolers',
  'pooler-admin': 'password of their console, for commands',
  'pooler-stats': 'password of their console, for looking',
  'pooler-tls': 'certificate and key that poolers show their clients, in PEM',
} as const

export type CredentialName = keyof typeof CREDENTIALS
export const CREDENTIAL_NAMES = Object.keys(CREDENTIALS) as readonly CredentialName[]

export interface CredentialsArgs {
  readonly estate: Estate
  readonly secretsKeyArn: pulumi.Input<string>
  readonly transform?: { readonly secret?: Transform<aws.secretsmanager.SecretArgs> }
}

/** How long a deleted secret can be called back, in days: a month, and the least there is. */
const RECOVERY_DAYS = { production: 30, otherwise: 7 } as const

/** The places for what people and tasks log in with. None has a value here: those are written past Pulumi, and are in no state. */
export class Credentials extends pulumi.ComponentResource {
  readonly arns: Readonly<Record<CredentialName, pulumi.Output<string>>>

  constructor(name: string, args: CredentialsArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Credentials', name, {}, options)
    const { estate, secretsKeyArn, transform } = args
    const secret = (purpose: CredentialName) =>
      new aws.secretsmanager.Secret(
        `${name}-${purpose}`,
        ...transformed<aws.secretsmanager.SecretArgs>(
          transform?.secret,
          {
            name: `${estate.prefix}/${purpose}`,
            description: `${estate.prefix}: ${CREDENTIALS[purpose]}`,
            kmsKeyId: secretsKeyArn,
            recoveryWindowInDays: estate.production ? RECOVERY_DAYS.production : RECOVERY_DAYS.otherwise,
            region: estate.region,
            tags: { ...estate.tags },
          },
          { parent: this, protect: estate.production, retainOnDelete: estate.production },
        ),
      ).arn
    const arns = CREDENTIAL_NAMES.map(purpose => [purpose, secret(purpose)] as const)
    this.arns = Object.fromEntries(arns) as Record<CredentialName, pulumi.Output<string>>
    this.registerOutputs({ arns: this.arns })
  }
}
