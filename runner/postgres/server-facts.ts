import { HowdahError } from '../core/errors.ts'
import { type Connection, OLDEST_MAJOR } from './connect.ts'

export interface ServerFacts {
  /** As the server prints it: `18.4`. */
  readonly version: string
  readonly major: number
  readonly inRecovery: boolean
  /** A read-only default of the session or role. */
  readonly readOnly: boolean
  /** When the server started, as Unix time with its microseconds: no two servers share it. */
  readonly startedAt: string
  /** The database; one dropped and made again under the same name has another. */
  readonly databaseOid: string
}

interface Row {
  readonly version: string
  readonly number: number
  readonly recovery: boolean
  readonly read_only: string
  readonly started_at: string
  readonly database_oid: string
}

export async function readServerFacts(connection: Connection): Promise<ServerFacts> {
  const row = await connection.row<Row>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
            pg_is_in_recovery() AS recovery, current_setting('default_transaction_read_only') AS read_only,
            extract(epoch FROM pg_postmaster_start_time())::text AS started_at,
            (SELECT oid::text FROM pg_catalog.pg_database WHERE datname = current_database()) AS database_oid`,
  )
  const version = row.version.split(' ')[0] ?? row.version
  return {
    version,
    major: Math.floor(row.number / 10_000),
    inRecovery: row.recovery,
    readOnly: row.read_only === 'on',
    startedAt: row.started_at,
    databaseOid: row.database_oid,
  }
}

/** @throws HowdahError server-too-old */
export function requireSupported({ version, major }: ServerFacts): void {
  if (major < OLDEST_MAJOR) throw new HowdahError('server-too-old', { version, minimum: OLDEST_MAJOR })
}

/**
 * Whether the session reaches the server itself and not a pooler.
 *
 * 1. The server sees the port our socket has: nothing is in between.
 * 2. The ports differ (a pooler, or only NAT): a second session carries a made-up setting in its startup options.
 *    A server keeps it; PgBouncer refuses or drops startup options, and RDS Proxy does not support them.
 */
export async function isDirect(connection: Connection): Promise<boolean> {
  const { port } = await connection.row<{ port: number | null }>('SELECT inet_client_port() AS port')
  // Over a Unix socket neither side has a port; a pooler's own socket to the server has none either.
  const local = localPortOf(connection)
  if (port === null ? local === undefined : port === local) return true
  try {
    await using probe = await connection.sibling('-c howdah.probe=direct')
    const { value } = await probe.row<{ value: string | null }>(
      `SELECT current_setting('howdah.probe', true) AS value`,
    )
    return value === 'direct'
  } catch (error) {
    if (error instanceof HowdahError && error.code === 'server-unreachable') return false
    throw error
  }
}

function localPortOf(connection: Connection): number | undefined {
  const wire = connection.client as unknown as { connection?: { stream?: { localPort?: number } } }
  return wire.connection?.stream?.localPort
}

/** @throws HowdahError connection-pooled */
export async function requireDirect(connection: Connection): Promise<void> {
  const { host, port } = connection.target
  if (!(await isDirect(connection))) throw new HowdahError('connection-pooled', { host, port })
}
