/** A value that says the same thing on every server. `null` never appears: what is absent is left out. */
export type AttributeValue = string | boolean | readonly string[]

/** One object of a database, as plain data. */
export interface CatalogueObject {
  /** As Postgres calls it: `table`, `materialized view`. */
  readonly kind: string
  /** Qualified and quoted where SQL wants it; things of a table lie below it: `public.users.users_email_key`. */
  readonly name: string
  /** The object it cannot exist without, as `objectId` names it; `null` for none. */
  readonly of: string | null
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly notes: ObjectNotes
}

/** What is worth knowing about an object but differs from server to server by right, and is never compared. */
export interface ObjectNotes {
  readonly owner?: string
  /** An extension's version. */
  readonly version?: string
  /** Default privileges (ALTER DEFAULT PRIVILEGES) give this grant to whatever the owner makes; or it is the way into their schema. */
  readonly byDefault?: true
  /** PUBLIC does not have it, since default privileges took away what the server gives by itself. */
  readonly withheld?: true
  /** It lets a role look that was made a member of pg_monitor, as `howdah setup monitor-role` makes one. */
  readonly toMonitor?: true
}

/** The objects of some schemas, sorted, so that the same schemas give the same text. */
export interface Catalogue {
  readonly schemas: readonly string[]
  readonly objects: readonly CatalogueObject[]
}

export type Named = Pick<CatalogueObject, 'kind' | 'name'>

/** `index public.users.users_email_key`: the one name an object has in a report and in a manifest. */
export function objectId({ kind, name }: Named): string {
  return `${kind} ${name}`
}

/** By code units, so that the order depends on no locale. */
export function byId(a: Named, b: Named): number {
  const [one, other] = [objectId(a), objectId(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

/** The parts of a qualified name, each still quoted where it was: `public."My.Table".x` has three. */
export function nameParts(name: string): string[] {
  return name.match(/(?:"(?:[^"]|"")*"|[^".])+/g) ?? []
}
