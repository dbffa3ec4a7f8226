import type { Clock } from '../../core/clock.ts'
import { HowdahError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { OUT_OF_TIME, within } from '../../core/within.ts'
import { abandon } from '../../postgres/abandon.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { parseDatabaseUrl } from '../../postgres/database-url.ts'

/** The database that PgBouncer answers itself; the name is fixed. */
const CONSOLE = 'pgbouncer'
/** The setting that names consoles, for messages. */
export const CONSOLE_SETTING = 'poolerAdminUrls'

/** Where a console is: a URL, and one of the addresses behind its name where there are several. */
export interface ConsoleAddress {
  readonly url: Secret
  readonly address: string | undefined
  /** `host:port`, for people and as the label of metrics. */
  readonly place: string
}

export interface ConsolePatience {
  readonly connectTimeoutMs: number
  readonly clock: Clock
}

/** Checks the URL of an admin console without connecting. @throws HowdahError database-url-invalid */
export function requireConsoleUrl(url: Secret): void {
  const { database } = parseDatabaseUrl(url, CONSOLE_SETTING)
  if (database === CONSOLE) return
  const reason = `the admin console is the database "${CONSOLE}", and the URL names "${database}"`
  throw new HowdahError('database-url-invalid', { setting: CONSOLE_SETTING, reason })
}

/** `host:port`. @throws HowdahError database-url-invalid */
export function describeConsole(url: Secret): string {
  const { host, port } = parseDatabaseUrl(url, CONSOLE_SETTING)
  return `${host}:${port}`
}

/** @throws HowdahError of `connect` */
export function openConsole(
  { url, address }: Pick<ConsoleAddress, 'url' | 'address'>,
  connectTimeoutMs: number,
  applicationName = 'howdah/pooler',
): Promise<Connection> {
  const place = address === undefined ? {} : { address }
  return connect({ url, setting: CONSOLE_SETTING, applicationName, connectTimeoutMs, ...place })
}

/**
 * One command. The console knows the simple protocol alone, without parameters; and nothing on its side bounds the wait.
 * @throws HowdahError server-unreachable when it does not answer in time: then the session is gone
 */
export async function ask<R extends object>(
  session: Connection,
  command: string,
  { connectTimeoutMs, clock }: ConsolePatience,
): Promise<R[]> {
  const answer = await within(clock, connectTimeoutMs, session.rows<R>(command))
  if (answer !== OUT_OF_TIME) return answer
  await abandon(session)
  const { host, port } = session.target
  const reason = `no answer within ${Math.round(connectTimeoutMs)} ms`
  throw new HowdahError('server-unreachable', { host, port, reason })
}

/** Its version, as a sign that it answers and lets us in. @throws HowdahError of `connect`, statement-failed */
export async function poolerVersion(url: Secret, patience: ConsolePatience): Promise<string> {
  await using session = await openConsole({ url, address: undefined }, patience.connectTimeoutMs)
  const [row] = await ask<{ version: string }>(session, 'SHOW VERSION', patience)
  return row?.version ?? 'PgBouncer'
}
