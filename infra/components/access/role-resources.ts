import * as postgresql from '@pulumi/postgresql'
import type * as pulumi from '@pulumi/pulumi'
import { type AccessModel, durationMs, type ModelRole } from '../../../runner/names.ts'
import { transformed } from '../transform.ts'
import { type Place, part } from './place.ts'

/** Memberships that every RDS instance can give; others are the runner's, who asks the server first. */
export const isGivenHere = ({ role, whereThere }: ModelRole['memberOf'][number]) =>
  !whereThere || role === 'rds_iam'

/** Settings of a role that the provider has arguments for; it takes 0 as none at all. */
export function providerSettings({ settings }: ModelRole): {
  readonly args: Partial<postgresql.RoleArgs>
  readonly left: readonly string[]
} {
  const args: Mutable<Partial<postgresql.RoleArgs>> = {}
  const left: string[] = []
  for (const [name, value] of Object.entries(settings)) {
    const ms = durationMs(value)
    if (name === 'role') args.assumeRole = value
    else if (name === 'search_path') args.searchPaths = value.split(',').map(each => each.trim())
    else if (name === 'statement_timeout' && ms) args.statementTimeout = ms
    else if (name === 'idle_in_transaction_session_timeout' && ms) args.idleInTransactionSessionTimeout = ms
    else left.push(name)
  }
  return { args, left }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Roles, then who is a member of which. One after the other: changes of one row of the catalogue at the same moment fail with
 * `tuple concurrently updated` (pulumi-postgresql #126).
 * @returns the last of them, for what comes behind
 */
export function roleResources(place: Place, { roles }: AccessModel): pulumi.Resource[] {
  const { name, parent, provider, estate, transform } = place
  let before: pulumi.Resource[] = []
  for (const role of roles) {
    const wanted: postgresql.RoleArgs = {
      name: role.name,
      login: role.login,
      connectionLimit: role.connectionLimit,
      inherit: true,
      superuser: false,
      createRole: false,
      createDatabase: false,
      replication: false,
      bypassRowLevelSecurity: false,
      ...providerSettings(role).args,
    }
    const options = {
      parent,
      provider,
      dependsOn: before,
      // Passwords are the pooler's to change, and memberships have resources of their own.
      ignoreChanges: ['password', 'roles'],
      protect: estate.production,
      // To delete a role the provider first gives all it owns to whoever runs Pulumi, and drops the rest.
      retainOnDelete: estate.production,
    }
    before = [
      new postgresql.Role(`${name}-role-${part(role.name)}`, ...transformed(transform.role, wanted, options)),
    ]
  }
  for (const role of roles) {
    for (const { role: group } of role.memberOf.filter(isGivenHere)) {
      const wanted = { role: role.name, grantRole: group }
      const options = { parent, provider, dependsOn: before }
      before = [
        new postgresql.GrantRole(
          `${name}-member-${part(role.name)}-${part(group)}`,
          ...transformed(transform.grantRole, wanted, options),
        ),
      ]
    }
  }
  return before
}
