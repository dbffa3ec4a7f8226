import * as postgresql from '@pulumi/postgresql'
import * as pulumi from '@pulumi/pulumi'
import { type AccessModel, type AccessSettings, accessModel } from '../../../runner/names.ts'
import type { Estate } from '../estate.ts'
import { transformed } from '../transform.ts'
import { databaseResources } from './database-resources.ts'
import { leftToRunner } from './left-to-runner.ts'
import type { AccessTransforms } from './place.ts'
import { roleResources } from './role-resources.ts'

export type { AccessTransforms } from './place.ts'

/** How the provider comes to the server; never with a password that passes through Pulumi. */
export interface AccessConnection {
  /** The instance's own address, also through a tunnel: its certificate is checked by it (see infra/docs/access.md). */
  readonly host: pulumi.Input<string>
  readonly port: pulumi.Input<number>
  readonly username: pulumi.Input<string>
  /** A database that is there; absent: `postgres`. */
  readonly database?: pulumi.Input<string>
  /**
   * `environment`: the provider's process reads PGPASSWORD, so that no program and no stack has it. `iam`: it asks AWS for a token,
   * for which the user must be a member of `rds_iam`.
   */
  readonly credential: 'environment' | 'iam'
  /** Path of a PEM file with the certificate authorities of RDS; absent: those of the system. */
  readonly rootCertificate?: pulumi.Input<string>
}

export interface AccessArgs {
  readonly estate: Estate
  /** Roles and databases, by name: plain data, as the runner is given it too. */
  readonly settings: AccessSettings
  /** `runner`: a task inside the VPC makes it so, and nothing is registered; `tunnel`: @pulumi/postgresql does, from where Pulumi runs. */
  readonly mode: 'runner' | 'tunnel'
  /** With `tunnel`: a provider of one's own, or how to make one. */
  readonly provider?: postgresql.Provider
  readonly connection?: AccessConnection
  /** With `tunnel`: the databases that somebody else made, as RDS makes the first one. Absent: the first. */
  readonly existingDatabases?: readonly string[]
  readonly transform?: AccessTransforms
}

/**
 * Who may do what in the databases: roles, memberships, grants and default privileges, all of one model which the runner has too.
 * No role gets a password here.
 */
export class Access extends pulumi.ComponentResource {
  /** Roles by what they are for, as they are called in the server. */
  readonly roles: pulumi.Output<Readonly<Record<string, string>>>
  /** What the application logs in as: its role, or the logins in its place. */
  readonly logins: pulumi.Output<readonly string[]>
  /** What the runner's task runs to make it so, or to add what the provider cannot say. */
  readonly command: pulumi.Output<readonly string[]>
  /** What it has to know for that besides the URL; nothing of it is secret. */
  readonly environment: pulumi.Output<readonly { readonly name: string; readonly value: string }[]>
  /** What of the model only the runner can do, in sentences. With `runner`: all of it, so none is listed. */
  readonly leftToRunner: pulumi.Output<readonly string[]>

  constructor(name: string, args: AccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Access', name, {}, options)
    const model = modelOf(args.settings)
    const existing = args.existingDatabases ?? model.databases.slice(0, 1).map(database => database.name)
    if (args.mode === 'tunnel') this.register(name, args, model, existing)
    this.roles = pulumi.output(Object.fromEntries(firstOfEachKind(model)))
    this.logins = pulumi.output(
      model.roles.filter(role => role.kind === 'application' && role.login).map(role => role.name),
    )
    this.command = pulumi.output(['setup', 'access'])
    this.environment = pulumi.output([{ name: 'HOWDAH_ACCESS', value: JSON.stringify(args.settings) }])
    this.leftToRunner = pulumi.output(args.mode === 'tunnel' ? leftToRunner(model, existing) : [])
    this.registerOutputs({
      roles: this.roles,
      logins: this.logins,
      command: this.command,
      environment: this.environment,
      leftToRunner: this.leftToRunner,
    })
  }

  private register(name: string, args: AccessArgs, model: AccessModel, existing: readonly string[]): void {
    const provider = args.provider ?? this.makeProvider(name, args)
    const { estate, transform = {} } = args
    const place = { name, parent: this, provider, estate, transform }
    const roles = roleResources(place, model)
    let before: pulumi.Resource[] = roles
    for (const database of model.databases) {
      const exists = existing.includes(database.name)
      before = databaseResources({ ...place, before }, database, exists)
    }
  }

  private makeProvider(name: string, { connection, estate, transform }: AccessArgs): postgresql.Provider {
    if (!connection)
      throw new pulumi.RunError('access: mode "tunnel" needs `provider`, or `connection` to make one of')
    const { host, port, username, database, credential, rootCertificate } = connection
    const iam = credential === 'iam' ? { awsRdsIamAuth: true, awsRdsIamRegion: estate.region } : {}
    const wanted: postgresql.ProviderArgs = {
      host,
      port,
      username,
      database: database ?? 'postgres',
      // The master user of RDS is none, and what only one may is not tried.
      superuser: false,
      sslmode: 'verify-full',
      connectTimeout: 15,
      ...iam,
      ...(rootCertificate === undefined ? {} : { sslrootcert: rootCertificate }),
    }
    return new postgresql.Provider(
      `${name}-provider`,
      ...transformed(transform?.provider, wanted, { parent: this }),
    )
  }
}

/** @throws RunError with every key that is wrong */
function modelOf(settings: AccessSettings): AccessModel {
  try {
    return accessModel(settings)
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error))
  }
}

/** Logins come behind the role they stand for. */
function firstOfEachKind({ roles }: AccessModel): [string, string][] {
  return roles
    .filter((role, index) => roles.findIndex(each => each.kind === role.kind) === index)
    .map(role => [role.kind, role.name])
}
