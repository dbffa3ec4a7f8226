import type { RoleKind } from '../config/access-settings.ts'

/**
 * Who may do what, as plain data: the SQL of `howdah setup access` and the resources of the Pulumi component are both made of
 * it, so that they say the same.
 */
export interface AccessModel {
  /** A role stands behind those it is a member of. */
  readonly roles: readonly ModelRole[]
  readonly databases: readonly ModelDatabase[]
}

export interface ModelRole {
  readonly name: string
  readonly kind: RoleKind
  readonly login: boolean
  /** -1: no limit. */
  readonly connectionLimit: number
  /** What ALTER ROLE … SET gives its sessions; durations as Postgres writes them, `30s`. */
  readonly settings: Readonly<Record<string, string>>
  readonly memberOf: readonly ModelMembership[]
}

export interface ModelMembership {
  readonly role: string
  /** Only where the server has that role and whoever sets up may grant it. */
  readonly whereThere: boolean
}

export interface ModelDatabase {
  readonly name: string
  /** Owns the database, its schemas and what is in them. */
  readonly owner: string
  /** Roles whose later objects have the same privileges as those that are there. */
  readonly makers: readonly string[]
  /** All that has to be there; `howdah` is our own record's. */
  readonly schemas: readonly string[]
  readonly extensions: readonly ModelExtension[]
  readonly grants: readonly ModelGrant[]
}

export interface ModelExtension {
  readonly name: string
  readonly schema: string
}

export type GrantKind = 'database' | 'schema' | 'table' | 'sequence' | 'routine'

/** What a role may do with an object, or with all of a schema's tables, sequences or routines, also those made later. */
export interface ModelGrant {
  /** `null`: PUBLIC, every role there is. */
  readonly role: string | null
  readonly on: GrantKind
  /** Absent: the database itself; of routines for PUBLIC: every schema, as what the server gives them by itself is taken away. */
  readonly schema?: string
  /** One table alone, which gives no privilege on later ones; nothing is granted before it is there. */
  readonly table?: string
  /** None: whatever the role has is taken away. */
  readonly privileges: readonly string[]
}

/** Whether a grant also stands for what is made later, by ALTER DEFAULT PRIVILEGES. */
export function coversLater({ on, table }: ModelGrant): boolean {
  return table === undefined && on !== 'database' && on !== 'schema'
}
