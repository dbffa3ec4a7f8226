import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

export type Major = 15 | 16 | 17 | 18

/** Too old to be supported; there to be refused. */
export type OldMajor = 14

export const MAJORS: readonly Major[] = [15, 16, 17, 18]

/** A database of its own on a real server, gone when the test ends. */
export interface TestDatabase extends AsyncDisposable {
  /** A superuser's URL of the database. */
  readonly url: string
  readonly name: string
  /** A superuser's URL of the server's `postgres` database. */
  readonly adminUrl: string
}

export interface DatabaseOptions {
  readonly major?: Major | OldMajor
  /** A database to copy; nobody may be connected to it. */
  readonly template?: string
  /** Absent: one that nobody else has. */
  readonly name?: string
}

/** `await using db = await createDatabase()` gives an empty database on Postgres 18, or another major. */
export async function createDatabase({
  major = 18,
  template = 'template0',
  name = `t_${randomBytes(6).toString('hex')}`,
}: DatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = await serverUrl(major)
  await execute(adminUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}"`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    name,
    adminUrl,
    [Symbol.asyncDispose]: () => execute(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  }
}

async function serverUrl(major: number): Promise<string> {
  const response = await fetch(`${inject('serverBroker')}/${major}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`no Postgres ${major}: ${text}`)
  return text
}

/** Runs statements on a connection of their own. */
export async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  await withClient(url, async client => {
    for (const statement of statements) await client.query(statement)
  })
}

/** The rows of one query on a connection of its own. */
export async function query<R extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  return withClient(url, async client => (await client.query(text, [...values])).rows as R[])
}

async function withClient<T>(url: string, body: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url)
  await client.connect()
  try {
    return await body(client)
  } finally {
    await client.end()
  }
}
