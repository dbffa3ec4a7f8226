import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import { Client } from 'pg'

const charOid = 18
const bpcharOid = 1042

interface IoResult {
  fields: { dataTypeID: number }[]
}

/** What the names of the shadow databases for the database of `url` begin with, within Postgres' 63 bytes. */
export function shadowDatabasePrefix(url: string): string {
  return `${new URL(url).pathname.slice(1, 48)}_shadow_`
}

/**
 * The connections of one schema engine: `connect` goes to the database of `url`, `connectToShadowDb` to an empty
 * database that exists until its adapter is disposed. Disposing the factory closes and drops whatever the engine left
 * behind, which it does after an error. The role of `url` must be allowed to create databases.
 */
export class EngineAdapterFactory implements SqlMigrationAwareDriverAdapterFactory, AsyncDisposable {
  readonly provider = 'postgres'
  readonly adapterName = '@prisma/adapter-pg'
  readonly #url: string
  readonly #open = new Set<SqlDriverAdapter>()

  constructor(url: string) {
    this.#url = url
  }

  connect(): Promise<SqlDriverAdapter> {
    return this.#openAdapter(this.#url)
  }

  // PrismaPg's own connectToShadowDb ignores the new database when it was given a connection string, and drops the
  // database while its pool still holds it open.
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const shadowUrl = new URL(this.#url)
    const name = `${shadowDatabasePrefix(this.#url)}${randomUUID().slice(0, 8)}`
    await runOnce(this.#url, `CREATE DATABASE "${name}" TEMPLATE template0`)
    shadowUrl.pathname = `/${name}`
    return this.#openAdapter(shadowUrl.href, () =>
      runOnce(this.#url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const adapter of this.#open) await adapter.dispose()
  }

  async #openAdapter(url: string, afterClose?: () => Promise<void>): Promise<SqlDriverAdapter> {
    const adapter = await new PrismaPg({ connectionString: url }).connect()
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
