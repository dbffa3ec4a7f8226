import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { Client, type ClientConfig, Query, type QueryResult, type QueryResultRow } from 'pg'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { type DatabaseTarget, parseDatabaseUrl } from './database-url.ts'
import { endsSession, SQLSTATE, serverFields, sqlstateOf } from './sqlstate.ts'

/** Limits the server holds a session to, in milliseconds; 0 is none. */
export interface SessionGuards {
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
}

export interface ConnectOptions {
  readonly url: Secret
  /** The setting the URL came from, for messages. */
  readonly setting: string
  /** Shown in `pg_stat_activity`: `howdah/<verb>`. */
  readonly applicationName: string
  readonly connectTimeoutMs: number
  /** Where to connect instead of what the URL's host resolves to; a certificate is still held against the host. */
  readonly address?: string
  /** Another database than the URL's, as it is called: no URL can carry every name there is. */
  readonly database?: string
  /** Startup options (`-c name=value`); a pooler swallows or refuses them. */
  readonly startupOptions?: string
}

/** The oldest major version that is tested and still maintained (14 ended on 2026-11-12). */
export const OLDEST_MAJOR = 15

/** A statement of a script failed; `cause` is the server's error, and `completed` how many statements came before it. */
export class ScriptFailure extends Error {
  readonly completed: number

  constructor(cause: unknown, completed: number) {
    super(messageOf(cause), { cause })
    this.completed = completed
  }
}

/** node-pg's own query, which forgets on an error what had completed before it. */
class CountingQuery extends Query {
  readonly completed: (number | null)[] = []
  onCompleted: (count: number) => void = () => undefined
  declare callback: (error: Error | null) => void

  handleCommandComplete(message: { readonly text: string }, connection: unknown): void {
    const rows = /(\d+)$/.exec(message.text)?.[1]
    this.completed.push(rows === undefined ? null : Number(rows))
    const inherited = Query.prototype as unknown as {
      handleCommandComplete: (m: unknown, c: unknown) => void
    }
    inherited.handleCommandComplete.call(this, message, connection)
    this.onCompleted(this.completed.length)
  }
}

/** One session with the server. */
export class Connection implements AsyncDisposable {
  readonly target: DatabaseTarget
  readonly client: Client
  /** How the server was reached, for a library that opens sessions of its own. */
  readonly config: ClientConfig
  readonly #options: ConnectOptions
  #lost = false

  constructor(client: Client, config: ClientConfig, target: DatabaseTarget, options: ConnectOptions) {
    this.client = client
    this.config = config
    this.target = target
    this.#options = options
    // Without a listener a connection that breaks while idle would end the process.
    client.on('error', () => {
      this.#lost = true
    })
    client.on('end', () => {
      this.#lost = true
    })
  }

  /** Whether the session is known to be gone. */
  get lost(): boolean {
    return this.#lost
  }

  /** The server process behind the session; behind a pooler the number means nothing. */
  get processId(): number | null {
    const { processID } = this.client as unknown as { processID: number | null }
    return processID
  }

  /** Rows of one statement. Without `values` it goes as a simple query, exactly as written. */
  async rows<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]> {
    return (await this.#ask<R>(text, values)).rows
  }

  /** The first row; an error when there is none, since the caller's query always has one. */
  async row<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R> {
    const [first] = await this.rows<R>(text, values)
    if (!first) throw new Error('the query gave no row')
    return first
  }

  /** Runs one statement; returns how many rows it touched, `null` where the server does not say. */
  async run(text: string, values?: readonly unknown[]): Promise<number | null> {
    return (await this.#ask(text, values)).rowCount
  }

  /**
   * Runs several statements as one simple query: one round trip, and one implicit transaction unless they say otherwise.
   * @param onCompleted told after each one, with how many have completed
   * @returns the rows each one touched
   * @throws ScriptFailure telling how many had completed, HowdahError connection-lost
   */
  async script(text: string, onCompleted?: (count: number) => void): Promise<(number | null)[]> {
    const query = new CountingQuery(text)
    if (onCompleted) query.onCompleted = onCompleted
    try {
      return await new Promise((resolve, reject) => {
        query.callback = error => (error ? reject(error) : resolve(query.completed))
        this.client.query(query)
      })
    } catch (error) {
      const failure = this.#failure(error)
      if (failure instanceof HowdahError) throw failure
      // A script that began a transaction and failed in it has left it open.
      await this.run('ROLLBACK').catch(() => undefined)
      throw new ScriptFailure(failure, query.completed.length)
    }
  }

  /** @throws HowdahError connection-lost; DatabaseError as the server sent it */
  async #ask<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    try {
      return values ? await this.client.query<R>(text, [...values]) : await this.client.query<R>(text)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** What a query failed with: the server's error, or the loss of the session. */
  #failure(error: unknown): unknown {
    const sqlstate = sqlstateOf(error)
    const ended = sqlstate === undefined ? this.#lost || !isUsable(this.client) : endsSession(sqlstate)
    if (!ended) return error
    this.#lost = true
    const { host, port } = this.target
    const during = `a statement on ${host}:${port} (${messageOf(error)})`
    return new HowdahError('connection-lost', { during }, { cause: error, details: serverFields(error) })
  }

  /** Runs `body` in a transaction. A failed ROLLBACK never hides why it was needed. */
  async transaction<T>(body: () => Promise<T>): Promise<T> {
    await this.run('BEGIN')
    try {
      const value = await body()
      await this.run('COMMIT')
      return value
    } catch (error) {
      // The server rolls back by itself when the connection is gone, so a ROLLBACK that fails loses nothing.
      await this.run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async guard(guards: SessionGuards): Promise<void> {
    await this.rows(
      `SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false),
              set_config('idle_in_transaction_session_timeout', $3, false)`,
      [`${guards.lockTimeoutMs}`, `${guards.statementTimeoutMs}`, `${guards.idleInTransactionTimeoutMs}`],
    )
  }

  /** Another session to the same place, for watching or cancelling this one. */
  sibling(startupOptions?: string): Promise<Connection> {
    return connect({ ...this.#options, ...(startupOptions ? { startupOptions } : {}) })
  }

  async close(): Promise<void> {
    await this.client.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => undefined)
  }
}

/** pg notes by itself when the socket is gone; a query may fail over it before the `end` event is delivered. */
function isUsable(client: Client): boolean {
  const state = client as unknown as { _ending?: boolean; _queryable?: boolean }
  return state._ending !== true && state._queryable !== false
}

/**
 * Opens one session.
 * @throws HowdahError database-url-invalid, server-unreachable, database-missing, authentication-failed, privilege-missing
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const target = targetOf(options)
  if (target.tls.mode !== 'prefer')
    return open(target, options, target.tls.mode === 'on' ? target.tls.options : false)
  try {
    return await open(target, options, { rejectUnauthorized: false })
  } catch (error) {
    if (error instanceof HowdahError && error.code !== 'server-unreachable') throw error
    return open(target, options, false)
  }
}

/** Where the options lead. @throws HowdahError database-url-invalid */
export function targetOf({ url, setting, database }: ConnectOptions): DatabaseTarget {
  const target = parseDatabaseUrl(url, setting)
  return database === undefined ? target : { ...target, database }
}

async function open(
  target: DatabaseTarget,
  options: ConnectOptions,
  ssl: ConnectionOptions | false,
): Promise<Connection> {
  const config: ClientConfig = {
    host: options.address ?? target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    ssl:
      ssl && options.address !== undefined && isIP(target.host) === 0
        ? { ...ssl, servername: target.host }
        : ssl,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(options.startupOptions ? { options: options.startupOptions } : {}),
  }
  const client = new Client(config)
  const connection = new Connection(client, config, target, options)
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined)
    throw connectError(target, error)
  }
  return connection
}

function connectError(target: DatabaseTarget, error: unknown): HowdahError {
  const { host, port, user, database } = target
  const extras = { cause: error, details: { host, port, user, database, ...serverFields(error) } }
  switch (sqlstateOf(error)) {
    case SQLSTATE.invalidCatalogName:
      return new HowdahError('database-missing', { host, port, database }, extras)
    case SQLSTATE.invalidPassword:
    case SQLSTATE.invalidAuthorization:
      return new HowdahError('authentication-failed', { host, port, user }, extras)
    case SQLSTATE.insufficientPrivilege: {
      const grant = `GRANT CONNECT ON DATABASE "${database}" TO "${user}"`
      return new HowdahError(
        'privilege-missing',
        { user, action: `connect to "${database}"`, reason: messageOf(error), grant },
        extras,
      )
    }
    default:
      return new HowdahError('server-unreachable', { host, port, reason: unreachableReason(error) }, extras)
  }
}

function unreachableReason(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'ECONNREFUSED':
      return 'the connection was refused'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known'
    case 'ETIMEDOUT':
      return 'it timed out'
    default:
      return messageOf(error) || 'no reason was given'
  }
}
