import type { AclEntry, ClusterState } from './inspect-cluster.ts'
import type { DatabaseState } from './inspect-database.ts'
import type { AccessModel } from './model.ts'

/**
 * Roles outside of the model that may do something inside of it, in sentences. They are somebody's, so they are told and left
 * alone: neither drift nor healed. Pure.
 */
export function strangers(
  model: AccessModel,
  cluster: ClusterState,
  inside: ReadonlyMap<string, DatabaseState>,
): string[] {
  const known = new Set([...model.roles.map(({ name }) => name), ...cluster.exempt, cluster.me.name])
  const isStranger = ({ grantee }: AclEntry) => grantee !== null && !known.has(grantee)
  const members = cluster.roles.flatMap(({ name, members: some }) =>
    some.filter(member => !known.has(member)).map(member => `role "${member}" is a member of "${name}"`),
  )
  const databases = cluster.databases.flatMap(({ name, acl }) =>
    sentences(acl.filter(isStranger), `database "${name}"`),
  )
  const objects = [...inside].flatMap(([database, { schemas, objects: some }]) => [
    ...schemas.flatMap(({ name, acl }) =>
      sentences(acl.filter(isStranger), `schema "${name}" of "${database}"`),
    ),
    ...byKind(some, isStranger, database),
  ])
  return [...members, ...databases, ...objects]
}

function sentences(entries: readonly AclEntry[], what: string): string[] {
  const roles = [...new Set(entries.map(({ grantee }) => grantee))]
  return roles.map(role => {
    const privileges = entries.filter(({ grantee }) => grantee === role).map(({ privilege }) => privilege)
    return `role "${role}" has ${[...new Set(privileges)].sort().join(', ')} on ${what}`
  })
}

/** One sentence a role and a kind, whatever the number of objects. */
function byKind(
  objects: DatabaseState['objects'],
  isStranger: (entry: AclEntry) => boolean,
  database: string,
): string[] {
  const counts = new Map<string, number>()
  for (const { kind, schema, acl } of objects) {
    for (const sentence of sentences(
      acl.filter(isStranger),
      `${kind}s of schema "${schema}" of "${database}"`,
    ))
      counts.set(sentence, (counts.get(sentence) ?? 0) + 1)
  }
  return [...counts].map(([sentence, count]) => `${sentence} (${count} of them)`)
}
