import { escapeIdentifier } from 'pg'
import { HowdahError, messageOf } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { Connection } from '../../postgres/connect.ts'
import type { EngineDatabase } from '../../schema-engine/engine-adapter.ts'
import type { HiddenObjects } from '../../schema-engine/hidden-objects.ts'
import { type Statement, summarize } from '../../sql/parse.ts'
import { connectToShadow, type ShadowServer } from '../verify/shadow.ts'

/** A shadow with a database beside the history's, in which the engine keeps its records. */
export interface DraftServer extends ShadowServer {
  readonly engineUrl: Secret
}

export async function forDrafts(server: ShadowServer): Promise<DraftServer> {
  const engineUrl = await createDatabase(server.adminUrl, 'template0', server.url)
  // What schema.prisma leaves unsaid, the engine takes to lie in the schema of its own connection.
  const schema = new URL(engineUrl.reveal()).searchParams.get('schema')
  if (schema) {
    await using connection = await connectToShadow(engineUrl)
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(schema)}`)
  }
  return { ...server, engineUrl }
}

/** A copy of a database of a shadow; nobody may be connected to it. */
export async function copyDatabase({ adminUrl }: ShadowServer, source: Secret): Promise<Secret> {
  const from = decodeURIComponent(new URL(source.reveal()).pathname.slice(1))
  return createDatabase(adminUrl, from, source)
}

async function createDatabase(adminUrl: Secret, template: string, like: Secret): Promise<Secret> {
  const name = `howdah_${crypto.randomUUID()}`
  await using admin = await connectToShadow(adminUrl)
  await admin.run(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`)
  const url = new URL(like.reveal())
  url.pathname = `/${name}`
  return new Secret(url.href)
}

/** A database of a shadow as the engine sees it. */
export function shownToEngine(
  url: Secret,
  schema: string,
  hidden: HiddenObjects,
  namespaces?: readonly string[],
): EngineDatabase {
  const more = namespaces ? { namespaces } : {}
  return { config: { connectionString: url.reveal() }, schema, hidden, readOnly: true, ...more }
}

/** A session with a database of a shadow whose names without a schema lie in `schema`. */
export async function connectTo(url: Secret, schema: string): Promise<Connection> {
  const connection = await connectToShadow(url)
  await connection.run(`SET search_path = ${escapeIdentifier(schema)}`)
  return connection
}

/** Runs statements one by one, each in a transaction of its own. @throws HowdahError draft-does-not-run */
export async function runStatements(
  connection: Connection,
  statements: readonly Pick<Statement, 'text'>[],
): Promise<void> {
  for (const statement of statements) {
    try {
      await connection.run(statement.text)
    } catch (error) {
      if (error instanceof HowdahError) throw error
      const params = { statement: summarize(statement), reason: messageOf(error) }
      throw new HowdahError('draft-does-not-run', params, { cause: error, details: params })
    }
  }
}
