import type { AclEntry } from './inspect-cluster.ts'
import { grantee, quoted, type Statement, spoken } from './statement.ts'

/** What the privileges of one thing are compared with. */
export interface Wanted {
  /** By role, `null` is PUBLIC; whoever is not among them is to have none. */
  readonly privileges: ReadonlyMap<string | null, ReadonlySet<string>>
  /** The roles whose privileges the model decides; those of others are left alone. */
  readonly decided: ReadonlySet<string | null>
}

export interface Correction {
  readonly role: string | null
  /** `grant`, `revoke`, or `bind`: take the right to grant it on. */
  readonly verb: 'grant' | 'revoke' | 'bind'
  readonly privileges: readonly string[]
}

/** What makes one access list what it has to be. Pure. */
export function corrections(acl: readonly AclEntry[], { privileges, decided }: Wanted): Correction[] {
  const has = (role: string | null, privilege: string) =>
    acl.some(entry => entry.grantee === role && entry.privilege === privilege)
  const missing = [...privileges].map(([role, wanted]) => ({
    role,
    verb: 'grant' as const,
    privileges: [...wanted].filter(privilege => !has(role, privilege)),
  }))
  const present = acl.filter(entry => decided.has(entry.grantee))
  const isWanted = ({ grantee: role, privilege }: AclEntry) => privileges.get(role)?.has(privilege) ?? false
  const ofRole = (role: string | null, verb: Correction['verb'], entries: readonly AclEntry[]) => ({
    role,
    verb,
    privileges: [
      ...new Set(entries.filter(entry => entry.grantee === role).map(entry => entry.privilege)),
    ].sort(),
  })
  const extra = present.filter(entry => !isWanted(entry))
  const grantable = present.filter(entry => isWanted(entry) && entry.grantable)
  return [
    ...[...decided].map(role => ofRole(role, 'revoke', extra)),
    ...[...decided].map(role => ofRole(role, 'bind', grantable)),
    ...missing,
  ].filter(({ privileges: some }) => some.length > 0)
}

/** Objects whose access lists want the same correction, in one statement. */
const MOST_OBJECTS = 100

/** A correction, and what it is about: `TABLE`, `"public"."a"`; columns stand behind the privileges. */
export interface Placed extends Correction {
  readonly word: string
  readonly name: string
  readonly column?: string | undefined
}

/** Statements for many corrections: one for all objects of a kind that lack the same. Pure. */
export function privilegeStatements(placed: readonly Placed[], database: string): Statement[] {
  const groups = new Map<string, Placed[]>()
  for (const each of placed) {
    const key = JSON.stringify([each.verb, each.word, each.role, each.privileges, each.column])
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].flatMap(group =>
    Array.from({ length: Math.ceil(group.length / MOST_OBJECTS) }, (_, index) =>
      statement(group.slice(index * MOST_OBJECTS, (index + 1) * MOST_OBJECTS), database),
    ),
  )
}

function statement(group: readonly Placed[], database: string): Statement {
  const [first] = group
  if (!first) throw new Error('a statement about nothing')
  const { verb, word, role, privileges, column } = first
  const list = privileges.map(privilege => (column ? `${privilege} (${column})` : privilege)).join(', ')
  const on = `ON ${word} ${group.map(({ name }) => name).join(', ')}`
  const things = `${group.length === 1 ? `${word.toLowerCase()} ${first.name}` : `${group.length} ${PLURALS[word] ?? word}`}`
  const what = `${privileges.join(', ')} on ${things}${column ? `, column ${column}` : ''}`
  switch (verb) {
    case 'grant':
      return {
        database,
        sql: `GRANT ${list} ${on} TO ${grantee(role)}`,
        why: `${spoken(role)} lacks ${what}`,
      }
    case 'revoke':
      return {
        database,
        sql: `REVOKE ${list} ${on} FROM ${grantee(role)} CASCADE`,
        why: `${spoken(role)} has ${what}`,
      }
    case 'bind':
      return {
        database,
        sql: `REVOKE GRANT OPTION FOR ${list} ${on} FROM ${grantee(role)} CASCADE`,
        why: `${spoken(role)} may grant on ${what}`,
      }
  }
}

const PLURALS: Readonly<Record<string, string>> = {
  SCHEMA: 'schemas',
  TABLE: 'tables',
  SEQUENCE: 'sequences',
  ROUTINE: 'routines',
}

/** The same for default privileges, whose grammar is another. Pure. */
export function defaultStatements(
  found: readonly Correction[],
  place: { readonly maker: string; readonly schema: string | null; readonly things: string },
  database: string,
): Statement[] {
  const { maker, schema, things } = place
  const within = schema === null ? '' : ` IN SCHEMA ${quoted(schema)}`
  const begin = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(maker)}${within}`
  const where = `${things.toLowerCase()} that "${maker}" makes later${schema === null ? '' : ` in schema "${schema}"`}`
  return found.map(({ verb, role, privileges }) => {
    const what = `${privileges.join(', ')} on ${where}`
    const list = privileges.join(', ')
    if (verb === 'grant')
      return {
        database,
        sql: `${begin} GRANT ${list} ON ${things} TO ${grantee(role)}`,
        why: `${spoken(role)} will lack ${what}`,
      }
    const option = verb === 'bind' ? 'GRANT OPTION FOR ' : ''
    const why = verb === 'bind' ? `may grant on ${what}` : `will have ${what}`
    return {
      database,
      sql: `${begin} REVOKE ${option}${list} ON ${things} FROM ${grantee(role)}`,
      why: `${spoken(role)} ${why}`,
    }
  })
}
