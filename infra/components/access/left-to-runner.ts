import type { AccessModel } from '../../../runner/names.ts'
import { isGrantedHere } from './database-resources.ts'
import { isGivenHere, providerSettings } from './role-resources.ts'

/** What of the model @pulumi/postgresql has no arguments for, in sentences; `howdah setup access` adds it. Pure. */
export function leftToRunner({ roles, databases }: AccessModel, existing: readonly string[]): string[] {
  return [
    ...roles.flatMap(role => [
      ...providerSettings(role).left.map(
        setting => `ALTER ROLE "${role.name}" SET ${setting} = '${role.settings[setting]}'`,
      ),
      ...role.memberOf
        .filter(membership => !isGivenHere(membership))
        .map(({ role: group }) => `GRANT "${group}" TO "${role.name}", where the server has it`),
    ]),
    ...databases.flatMap(({ name, owner, grants }) => [
      ...(existing.includes(name) ? [`ALTER DATABASE "${name}" OWNER TO "${owner}"`] : []),
      ...grants
        .filter(grant => !isGrantedHere(grant))
        .map(
          ({ role, privileges, schema, table }) =>
            `GRANT ${privileges.join(', ')} ON "${schema}"."${table}" TO "${role}", once it is there`,
        ),
      `what already is in "${name}" and does not belong to "${owner}"`,
    ]),
  ]
}
