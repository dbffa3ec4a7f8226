import { escapeLiteral } from 'pg'
import type { ClusterState, RoleState } from './inspect-cluster.ts'
import type { AccessModel, ModelMembership, ModelRole } from './model.ts'
import { sameSetting } from './setting-values.ts'
import { quoted, type Statement } from './statement.ts'

/** What the roles of a server lack of a model, and what they have too much. Pure. */
export function planRoles(model: AccessModel, state: ClusterState): Statement[] {
  const found = (name: string) => state.roles.find(role => role.name === name)
  const steps = model.roles.flatMap(role => [
    ...attributes(role, found(role.name)),
    ...settings(role, found(role.name)),
  ])
  const members = model.roles.flatMap(role => memberships(role, found(role.name), state))
  // Roles first: a membership, and a setting `role`, speak of two.
  const [made, rest] = [steps.filter(isMade), steps.filter(step => !isMade(step))]
  return [...made, ...members, ...ownMemberships(model, state), ...rest]
}

const isMade = ({ sql }: Statement) => sql.startsWith('CREATE ROLE ')

const step = (sql: string, why: string): Statement => ({ sql, why, database: null })

function attributes(role: ModelRole, found: RoleState | undefined): Statement[] {
  const { name, login, connectionLimit } = role
  const limit = `CONNECTION LIMIT ${connectionLimit}`
  if (!found) {
    const options = [login ? 'LOGIN' : 'NOLOGIN', ...(connectionLimit === -1 ? [] : [limit])].join(' ')
    return [step(`CREATE ROLE ${quoted(name)} ${options}`, `there is no role "${name}"`)]
  }
  const wrong: [string, string][] = []
  if (found.login !== login)
    wrong.push([login ? 'LOGIN' : 'NOLOGIN', login ? 'may not log in' : 'may log in'])
  if (!found.inherit) wrong.push(['INHERIT', 'has not by itself what the roles it is a member of have'])
  if (found.connectionLimit !== connectionLimit)
    wrong.push([
      limit,
      `may have ${limitInWords(found.connectionLimit)}, not ${limitInWords(connectionLimit)}`,
    ])
  for (const power of found.powers) wrong.push([`NO${power}`, `has ${power}`])
  return wrong.map(([option, why]) => step(`ALTER ROLE ${quoted(name)} ${option}`, `role "${name}" ${why}`))
}

const limitInWords = (limit: number) => (limit === -1 ? 'any number of sessions' : `${limit} sessions`)

function settings(role: ModelRole, found: RoleState | undefined): Statement[] {
  const name = quoted(role.name)
  const has = found?.settings ?? []
  const declared = Object.entries(role.settings)
  const set = declared.flatMap(([setting, value]) => {
    const now = has.find(each => each.database === null && each.name === setting)
    if (now && sameSetting(setting, now.value, value)) return []
    const why = now
      ? `${setting} of role "${role.name}" is ${now.value}`
      : `role "${role.name}" has no ${setting}`
    return [step(`ALTER ROLE ${name} SET ${setting} = ${escapeLiteral(value)}`, why)]
  })
  // A setting for one database is stronger than that of the role.
  const overruled = has.filter(
    each => each.database !== null && declared.some(([setting]) => setting === each.name),
  )
  const reset = overruled.map(({ database, name: setting, value }) =>
    step(
      `ALTER ROLE ${name} IN DATABASE ${quoted(database ?? '')} RESET ${setting}`,
      `${setting} of role "${role.name}" is ${value} in database "${database}"`,
    ),
  )
  return [...set, ...reset]
}

function memberships(role: ModelRole, found: RoleState | undefined, state: ClusterState): Statement[] {
  const member = quoted(role.name)
  const has = found?.memberOf ?? []
  const wanted = role.memberOf.filter(each => isPossible(each, state))
  const missing = wanted.flatMap(({ role: group }) => {
    const now = has.find(each => each.role === group)
    if (!now)
      return [step(`GRANT ${quoted(group)} TO ${member}`, `role "${role.name}" is no member of "${group}"`)]
    const wrong: Statement[] = []
    if (!now.inherit || !now.set)
      wrong.push(
        step(
          `GRANT ${quoted(group)} TO ${member} WITH INHERIT TRUE, SET TRUE`,
          `role "${role.name}" is a member of "${group}" and may not act as it`,
        ),
      )
    if (now.admin)
      wrong.push(
        step(
          `REVOKE ADMIN OPTION FOR ${quoted(group)} FROM ${member} CASCADE`,
          `role "${role.name}" may grant "${group}" to others`,
        ),
      )
    return wrong
  })
  const extra = has.filter(each => !role.memberOf.some(declared => declared.role === each.role))
  return [
    ...missing,
    ...extra.map(({ role: group }) =>
      step(`REVOKE ${quoted(group)} FROM ${member} CASCADE`, `role "${role.name}" is a member of "${group}"`),
    ),
  ]
}

/** What only some servers have counts where it is, and where whoever asks may grant it. */
function isPossible({ role, whereThere }: ModelMembership, { optional }: ClusterState): boolean {
  return !whereThere || optional.some(each => each.role === role && each.grantable)
}

/**
 * Who is not a superuser can give objects to a role, grant on its objects and change its default privileges only as a member of
 * it. From 16 on whoever makes a role may grant it, and neither acts as it nor has its privileges before it is granted.
 */
function ownMemberships(model: AccessModel, { me, major, mine }: ClusterState): Statement[] {
  if (me.superuser) return []
  const makers = [...new Set(model.databases.flatMap(database => database.makers))]
  const options = major < 16 ? '' : ' WITH INHERIT TRUE, SET TRUE'
  return makers.flatMap(role => {
    const now = mine.find(each => each.role === role)
    if (now?.sets && (now.uses || major < 16)) return []
    return [
      step(
        `GRANT ${quoted(role)} TO ${quoted(me.name)}${options}`,
        `role "${me.name}", which sets this up, may not act as "${role}"`,
      ),
    ]
  })
}
