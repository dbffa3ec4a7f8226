import type { Clock } from '../core/clock.ts'
import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Secret } from '../core/secret.ts'
import { OUT_OF_TIME, within } from '../core/within.ts'
import { abandon } from './abandon.ts'
import { type Connection, connect } from './connect.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { explainError } from './explain.ts'

/** The database that PgBouncer answers itself; the name is fixed. */
const CONSOLE = 'pgbouncer'
const SETTING = 'poolerAdminUrls'

/** What came of telling one pooler that its server connections are out of date. */
export interface PoolerOutcome {
  /** `host:port` of its admin console. */
  readonly pooler: string
  readonly state: 'told' | 'not-told'
  /** Server connections from before that clients still held when we stopped waiting; `null`: not known. */
  readonly closing: number | null
  readonly durationMs: number
  /** Why it was not told. */
  readonly reason: string | undefined
}

export interface ReconnectOptions {
  readonly connectTimeoutMs: number
  /** How long to wait for connections that clients hold, in milliseconds. */
  readonly drainMs: number
  readonly clock: Clock
  /** Ends the waiting, never the telling. */
  readonly signal: AbortSignal
}

/** Checks the URL of an admin console without connecting. @throws HowdahError database-url-invalid */
export function requireConsoleUrl(url: Secret): void {
  const { database } = parseDatabaseUrl(url, SETTING)
  if (database === CONSOLE) return
  const reason = `the admin console is the database "${CONSOLE}", and the URL names "${database}"`
  throw new HowdahError('database-url-invalid', { setting: SETTING, reason })
}

/** `host:port`. @throws HowdahError database-url-invalid */
export function describeConsole(url: Secret): string {
  const { host, port } = parseDatabaseUrl(url, SETTING)
  return `${host}:${port}`
}

/**
 * Tells PgBouncer to replace its server connections (RECONNECT), each when its client lets go of it: nobody is cut off. They
 * hold what a session keeps for its life: prepared statements, whose result type must not change (0A000), and the settings
 * of the role and the database. All databases, since a pool's name need not be that of the database behind it.
 * A pooler that cannot be told is an outcome, not an error.
 */
export async function reconnectPooler(url: Secret, options: ReconnectOptions): Promise<PoolerOutcome> {
  const { clock } = options
  const pooler = describeConsole(url)
  const started = clock.monotonicMs()
  const outcome = (state: PoolerOutcome['state'], closing: number | null, reason?: string): PoolerOutcome => {
    const durationMs = Math.round(clock.monotonicMs() - started)
    return { pooler, state, closing, durationMs, reason }
  }
  let session: Connection | undefined
  try {
    session = await openConsole(url, options.connectTimeoutMs)
    await ask(session, 'RECONNECT', options)
    return outcome('told', await drain(session, options))
  } catch (error) {
    return outcome('not-told', null, explainError(error).message)
  } finally {
    if (session && !session.lost)
      await within(clock, options.connectTimeoutMs, session.close()).catch(() => undefined)
  }
}

/** Its version, as a sign that it answers and lets us in. @throws HowdahError of `connect`, statement-failed */
export async function poolerVersion(
  url: Secret,
  options: Pick<ReconnectOptions, 'connectTimeoutMs' | 'clock'>,
): Promise<string> {
  await using session = await openConsole(url, options.connectTimeoutMs)
  const [row] = await ask<{ version: string }>(session, 'SHOW VERSION', options)
  return row?.version ?? 'PgBouncer'
}

function openConsole(url: Secret, connectTimeoutMs: number): Promise<Connection> {
  return connect({ url, setting: SETTING, applicationName: 'howdah/pooler', connectTimeoutMs })
}

/** One command. The console knows the simple protocol alone, without parameters; and nothing on its side bounds the wait. */
async function ask<R extends object>(
  session: Connection,
  command: string,
  { connectTimeoutMs, clock }: Pick<ReconnectOptions, 'connectTimeoutMs' | 'clock'>,
): Promise<R[]> {
  const answer = await within(clock, connectTimeoutMs, session.rows<R>(command))
  if (answer !== OUT_OF_TIME) return answer
  await abandon(session)
  const { host, port } = session.target
  throw new HowdahError('server-unreachable', {
    host,
    port,
    reason: `no answer within ${connectTimeoutMs} ms`,
  })
}

/** Waits until no server connection from before is left. @returns how many are; `null`: the console no longer says */
async function drain(session: Connection, options: ReconnectOptions): Promise<number | null> {
  const { clock, drainMs, signal } = options
  let closing: number | null = null
  try {
    await poll(
      async () => {
        const servers = await ask<{ close_needed: number | string }>(session, 'SHOW SERVERS', options)
        closing = servers.filter(server => Number(server.close_needed) === 1).length
        return closing === 0 ? true : undefined
      },
      {
        clock,
        budgetMs: signal.aborted ? 0 : drainMs,
        firstPauseMs: 20,
        maxPauseMs: 500,
        signal: signal.aborted ? undefined : signal,
      },
    )
  } catch {
    // It was told; what it does about it is all that is not known.
  }
  return closing
}
