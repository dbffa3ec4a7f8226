import type * as postgresql from '@pulumi/postgresql'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { Transform } from '../transform.ts'

/** The last word on each resource, by its type. */
export interface AccessTransforms {
  readonly provider?: Transform<postgresql.ProviderArgs>
  readonly role?: Transform<postgresql.RoleArgs>
  readonly grantRole?: Transform<postgresql.GrantRoleArgs>
  readonly database?: Transform<postgresql.DatabaseArgs>
  readonly schema?: Transform<postgresql.SchemaArgs>
  readonly extension?: Transform<postgresql.ExtensionArgs>
  readonly grant?: Transform<postgresql.GrantArgs>
  readonly defaultPrivileges?: Transform<postgresql.DefaultPrivilegesArgs>
}

/** Where the resources of one component go. */
export interface Place {
  /** Begins their names. */
  readonly name: string
  readonly parent: pulumi.Resource
  readonly provider: postgresql.Provider
  readonly estate: Estate
  readonly transform: AccessTransforms
}

/** Part of a resource's name: what a name of Postgres has besides letters and digits is written out, so that no two become one. */
export function part(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, character => `-${character.codePointAt(0)?.toString(16)}-`)
}
