import { escapeIdentifier } from 'pg'
import type { Connection } from '../../postgres/connect.ts'
import { parseScript } from '../../sql/parse.ts'

/**
 * Makes the roles that scripts speak of and do not make. Roles belong to the cluster, so histories grant to roles that
 * somebody else made; on a shadow nobody did.
 */
export async function ensureRoles(connection: Connection, scripts: readonly string[]): Promise<void> {
  const present = await connection.rows<{ name: string }>('SELECT rolname AS name FROM pg_roles')
  const known = new Set(present.map(({ name }) => name))
  for (const role of await foreignRoles(scripts)) {
    if (!known.has(role)) await connection.run(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`)
  }
}

/** Roles that are named in statements, except those a statement creates. What stands in the text of a DO block is not seen. */
export async function foreignRoles(scripts: readonly string[]): Promise<string[]> {
  const [named, made] = [new Set<string>(), new Set<string>()]
  for (const script of scripts) {
    const parsed = await parseScript(script)
    if (!parsed.ok) continue
    for (const { node } of parsed.statements) collect(node, named, made)
  }
  return [...named].filter(role => !made.has(role)).sort()
}

function collect(value: unknown, named: Set<string>, made: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, named, made)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const node = value as Record<string, unknown>
  if (node.roletype === 'ROLESPEC_CSTRING' && typeof node.rolename === 'string') named.add(node.rolename)
  const created = node.CreateRoleStmt as { role?: string } | undefined
  if (created?.role) made.add(created.role)
  const membership = node.GrantRoleStmt as
    | { granted_roles?: { AccessPriv?: { priv_name?: string } }[] }
    | undefined
  for (const role of membership?.granted_roles ?? []) {
    if (role.AccessPriv?.priv_name) named.add(role.AccessPriv.priv_name)
  }
  for (const child of Object.values(node)) collect(child, named, made)
}
