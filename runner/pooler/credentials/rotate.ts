import { randomBytes } from 'node:crypto'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { HowdahError, messageOf } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import type { Runtime } from '../../core/runtime.ts'
import { Secret } from '../../core/secret.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { scramVerifier } from '../../postgres/scram.ts'
import { readServerFacts, requireDirect } from '../../postgres/server-facts.ts'
import { SQLSTATE, serverFields, sqlstateOf } from '../../postgres/sqlstate.ts'
import type { CredentialStore } from './credential-store.ts'

export interface RotateOptions {
  readonly url: Secret
  readonly setting: string
  readonly connectTimeoutMs: number
  /** The role that owns the privileges; its two users are `<role>_a` and `<role>_b`. */
  readonly role: string
  /** How long the user before goes on to be let in, in milliseconds. */
  readonly graceMs: number
  readonly store: CredentialStore
  readonly dryRun: boolean
  readonly runtime: Runtime
}

export interface RotateOutcome {
  readonly role: string
  /** Who logs in from now on. */
  readonly user: string
  /** Who did before, and until when may still; absent the first time. */
  readonly before: { readonly user: string; readonly until: string | null } | undefined
  readonly place: string
  /** Planned: nothing was done. Finished: an earlier run had given the credential out and was cut off. */
  readonly state: 'planned' | 'rotated' | 'finished'
}

interface Row {
  readonly username: string
  readonly verifier: string
  readonly published_at: string | null
}

/**
 * Gives the application a new password without a moment in which neither the old nor the new one works: of two users the one not in use gets it, then the
 * application is told, then the other's time begins to run out. Each step can be the last one of a run that is killed:
 * before the application is told, the next run begins anew with the same user; afterwards it only has to write down that it was told.
 * @throws HowdahError pooler-auth-missing, pooler-role-missing, pooler-rotation-running, privilege-missing, credential-store-failed
 */
export async function rotateCredentials(options: RotateOptions): Promise<RotateOutcome> {
  const { url, setting, connectTimeoutMs, role, store, runtime } = options
  const applicationName = 'howdah/pooler rotate-credentials'
  await using connection = await connect({ url, setting, connectTimeoutMs, applicationName })
  await requireDirect(connection)
  const { host, port } = connection.target
  if ((await readServerFacts(connection)).inRecovery)
    throw new HowdahError('server-read-only', { host, port })
  await lock(connection, role)
  const users = [`${role}_a`, `${role}_b`] as const
  const rows = await credentialsOf(connection, users)
  await requireRole(connection, role)
  const [published] = rows
    .filter(row => row.published_at !== null)
    .sort((a, b) => (String(a.published_at) < String(b.published_at) ? 1 : -1))
  const user = published?.username === users[0] ? users[1] : users[0]
  const before = published && { user: published.username, until: null }
  const { place } = store
  if (options.dryRun) return { role, user, before, place, state: 'planned' }

  const told = await store.read()
  const known = rows.find(({ username }) => username === user)
  const isTold = told?.username === user && known !== undefined && fits(known.verifier, told.password)
  if (!isTold) {
    const password = new Secret(randomBytes(32).toString('base64url'))
    runtime.signal.throwIfAborted()
    const made = () =>
      guarded(connection, `change role "${user}"`, () => prepare(connection, role, user, password))
    await step(runtime.progress, `A new password for ${user}`, made, () => 'the server knows it')
    const tell = () => store.write({ username: user, password })
    await step(runtime.progress, `Telling ${place}`, tell, () => 'done')
  }
  const end = () =>
    guarded(connection, `change role "${published?.username}"`, () =>
      publish(connection, user, published?.username, options.graceMs),
    )
  const until = await step(runtime.progress, 'The user before', end, until =>
    until ? `until ${until}` : 'there is none',
  )
  return { role, user, before: before && { ...before, until }, place, state: isTold ? 'finished' : 'rotated' }
}

/** One at a time: two would give out two passwords for the same user, one of them wrong. Ends with the session. */
async function lock(connection: Connection, role: string): Promise<void> {
  const { got } = await connection.row<{ got: boolean }>(
    "SELECT pg_try_advisory_lock(hashtextextended('howdah pooler rotate-credentials ' || $1, 0)) AS got",
    [role],
  )
  if (!got) throw new HowdahError('pooler-rotation-running', { role })
}

async function credentialsOf(connection: Connection, users: readonly string[]): Promise<Row[]> {
  try {
    return await connection.rows<Row>(
      `SELECT username, verifier, to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS published_at
         FROM pgbouncer.credential WHERE username = ANY ($1)`,
      [users],
    )
  } catch (error) {
    const sqlstate = sqlstateOf(error)
    if (sqlstate !== SQLSTATE.undefinedTable && sqlstate !== SQLSTATE.undefinedSchema) throw error
    throw new HowdahError('pooler-auth-missing', { database: connection.target.database }, { cause: error })
  }
}

async function requireRole(connection: Connection, role: string): Promise<void> {
  const found = await connection.rows('SELECT FROM pg_roles WHERE rolname = $1', [role])
  if (found.length === 0) throw new HowdahError('pooler-role-missing', { role })
}

/** Whether a verifier was made from a password: with its own salt the same comes out. */
function fits(verifier: string, password: Secret): boolean {
  const [, salt] = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(verifier) ?? []
  return salt !== undefined && scramVerifier(password, Buffer.from(salt, 'base64')) === verifier
}

/** Role and row in one transaction: PgBouncer logs in with what the client proves, so both must hold the same verifier. */
async function prepare(connection: Connection, role: string, user: string, password: Secret): Promise<void> {
  const verifier = scramVerifier(password)
  const [group, name] = [escapeIdentifier(role), escapeIdentifier(user)]
  await connection.transaction(async () => {
    const found = await connection.rows('SELECT FROM pg_roles WHERE rolname = $1', [user])
    if (found.length === 0) await connection.run(`CREATE ROLE ${name} LOGIN`)
    const [member] = await connection.rows<{ is: boolean }>("SELECT pg_has_role($1, $2, 'MEMBER') AS is", [
      user,
      role,
    ])
    if (!member?.is) await connection.run(`GRANT ${group} TO ${name}`)
    // Whatever it makes belongs to the role, and so to the other user as well.
    await connection.run(`ALTER ROLE ${name} SET role = ${escapeLiteral(role)}`)
    await connection.run(
      `ALTER ROLE ${name} LOGIN PASSWORD ${escapeLiteral(verifier)} VALID UNTIL 'infinity'`,
    )
    await connection.run(
      `INSERT INTO pgbouncer.credential (username, verifier) VALUES ($1, $2)
       ON CONFLICT (username) DO UPDATE SET verifier = excluded.verifier, valid_until = NULL`,
      [user, verifier],
    )
  })
}

/** @returns until when the user before is let in */
async function publish(
  connection: Connection,
  user: string,
  before: string | undefined,
  graceMs: number,
): Promise<string | null> {
  return connection.transaction(async () => {
    await connection.run(
      'UPDATE pgbouncer.credential SET published_at = clock_timestamp() WHERE username = $1',
      [user],
    )
    if (before === undefined) return null
    const { until } = await connection.row<{ until: string }>(
      `UPDATE pgbouncer.credential SET valid_until = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE username = $1 RETURNING to_char(valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until`,
      [before, graceMs],
    )
    await connection.run(`ALTER ROLE ${escapeIdentifier(before)} VALID UNTIL ${escapeLiteral(until)}`)
    return until
  })
}

async function guarded<T>(connection: Connection, action: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.insufficientPrivilege) throw error
    const { user } = connection.target
    const grant = `ALTER ROLE ${escapeIdentifier(user)} CREATEROLE, with ADMIN OPTION on the roles it changes`
    throw new HowdahError(
      'privilege-missing',
      { user, action, reason: messageOf(error), grant },
      { cause: error, details: serverFields(error) },
    )
  }
}
