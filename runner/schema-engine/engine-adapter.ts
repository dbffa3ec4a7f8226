import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import { Client, escapeIdentifier, type PoolConfig } from 'pg'
import type { HiddenObjects } from './hidden-objects.ts'

const charOid = 18
const bpcharOid = 1042

interface IoResult {
  fields: { dataTypeID: number }[]
}

/** A database for the engine to look at. */
export interface EngineDatabase {
  /** The way there, as node-pg takes it. */
  readonly config: PoolConfig
  /** The schema of the URL. */
  readonly schema: string
  /** What the engine is not to see there. */
  readonly hidden?: HiddenObjects
  /**
   * The schemas to look at besides. Only a Prisma schema tells the engine of several, so between two databases it would look
   * at one, and find references into nothing.
   */
  readonly namespaces?: readonly string[]
  /** The server refuses every change. */
  readonly readOnly: boolean
}

/** What the names of the shadow databases for the database of `url` begin with, within Postgres' 63 bytes. */
export function shadowDatabasePrefix(url: string): string {
  return `${new URL(url).pathname.slice(1, 48)}_shadow_`
}

/**
 * The connections of one schema engine: `connect` goes to its own database, and to the schema that its URL names. `connectToShadowDb` goes to the next of
 * the databases it was told to show, where the schema of a history exists already; without one to an empty
 * database that exists until its adapter is disposed; for that its role must be allowed to create databases.
 * Disposing the factory closes and drops whatever the engine left behind, which it does after an error.
 */
export class EngineAdapterFactory implements SqlMigrationAwareDriverAdapterFactory, AsyncDisposable {
  readonly provider = 'postgres'
  readonly adapterName = '@prisma/adapter-pg'
  readonly #own: string | EngineDatabase
  readonly #open = new Set<SqlDriverAdapter>()
  #shown: EngineDatabase[] = []

  /** @param own the engine's own database; by URL it may be written to */
  constructor(own: string | EngineDatabase) {
    this.#own = own
  }

  /** The databases the engine gets when it asks for shadow databases, in the order it asks. */
  show(databases: readonly EngineDatabase[]): void {
    this.#shown = [...databases]
  }

  connect(): Promise<SqlDriverAdapter> {
    if (typeof this.#own !== 'string') return this.#openShown(this.#own)
    const schema = new URL(this.#own).searchParams.get('schema') ?? undefined
    const options = schema === undefined ? {} : { options: searchPath(schema) }
    return this.#openAdapter({ connectionString: this.#own, ...options }, schema)
  }

  // PrismaPg's own connectToShadowDb ignores the new database when it was given a connection string, and drops the
  // database while its pool still holds it open.
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const shown = this.#shown.shift()
    if (shown) return this.#openShown(shown)
    if (typeof this.#own !== 'string')
      throw new Error('nothing may be created beside a database that is only read')
    const own = this.#own
    const shadowUrl = new URL(own)
    const name = `${shadowDatabasePrefix(own)}${randomUUID().slice(0, 8)}`
    await runOnce(own, `CREATE DATABASE "${name}" TEMPLATE template0`)
    shadowUrl.pathname = `/${name}`
    return this.#openAdapter({ connectionString: shadowUrl.href }, undefined, () =>
      runOnce(own, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const adapter of this.#open) await adapter.dispose()
  }

  async #openShown({
    config,
    schema,
    namespaces,
    hidden,
    readOnly,
  }: EngineDatabase): Promise<SqlDriverAdapter> {
    const options = [searchPath(schema), ...(readOnly ? ['-c default_transaction_read_only=on'] : [])]
    const adapter = await this.#openAdapter({ ...config, max: 2, options: options.join(' ') }, schema)
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async query => {
      const result = await queryRaw(namespaces ? widened(query, schema, namespaces) : query)
      hidden?.filter(result)
      return result
    }
    return adapter
  }

  async #openAdapter(
    config: PoolConfig,
    schema?: string,
    afterClose?: () => Promise<void>,
  ): Promise<SqlDriverAdapter> {
    const adapter = await new PrismaPg(config, schema === undefined ? {} : { schema }).connect()
    presentCharColumns(adapter)
    const close = adapter.dispose.bind(adapter)
    adapter.dispose = async () => {
      if (!this.#open.delete(adapter)) return
      await close()
      await afterClose?.()
    }
    this.#open.add(adapter)
    return adapter
  }
}

/** A query of the catalogue with more schemas to look at; the engine passes their names as its first value. */
function widened(query: SqlQuery, schema: string, namespaces: readonly string[]): SqlQuery {
  const [asked, ...rest] = query.args
  const one = Array.isArray(asked) && asked.length === 1 && asked[0] === schema
  return one ? { ...query, args: [[...new Set([schema, ...namespaces])], ...rest] } : query
}

/** As a start-up option, in which a backslash keeps a space from ending the value. */
const searchPath = (schema: string) => `-c search_path=${escapeIdentifier(schema).replace(/[\\ ]/g, '\\$&')}`

// The engine reads catalogue columns of the type "char" and insists on a character, but the adapter refuses to convert
// that type at all. Its one hook is the private performIO: there the field presents itself as bpchar, which the adapter
// takes for text, and queryRaw then tells the engine what it was.
function presentCharColumns(adapter: SqlDriverAdapter): void {
  const performIO: unknown = Reflect.get(adapter, 'performIO')
  if (typeof performIO !== 'function') throw new Error('@prisma/adapter-pg no longer has performIO')
  const charColumns = new WeakMap<SqlQuery, number[]>()
  Reflect.set(adapter, 'performIO', async (query: SqlQuery): Promise<IoResult> => {
    const result: IoResult = await performIO.call(adapter, query)
    const columns = result.fields.flatMap((field, column) => (field.dataTypeID === charOid ? [column] : []))
    charColumns.set(query, columns)
    for (const field of result.fields) if (field.dataTypeID === charOid) field.dataTypeID = bpcharOid
    return result
  })
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async query => {
    const result = await queryRaw(query)
    for (const column of charColumns.get(query) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character
    return result
  }
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
