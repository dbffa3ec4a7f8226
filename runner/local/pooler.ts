import { access, constants, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { endLeftovers, PGBOUNCER_NUDGES } from '../embedded/leftovers.ts'
import { LOOPBACK } from '../embedded/ports.ts'
import type { RunningServer } from '../embedded/postgres-server.ts'
import { spawnServer } from '../embedded/server-process.ts'
import { giveTo, type ServerUser } from '../embedded/server-user.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'

export interface PoolerOptions {
  readonly place: string
  readonly user: ServerUser | undefined
  readonly port: number
  readonly postgresPort: number
  /** The login role whose SCRAM verifier the pooler uses, for clients and towards the server. */
  readonly role: string
  /** How to reach the pooled database once it listens. */
  readonly client: ConnectOptions
  readonly path: string
}

/** Debian puts it where an ordinary user's path does not look. */
const MORE_PLACES = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']

/** @throws HowdahError pooler-missing */
export async function findPgBouncer(path: string, morePlaces = MORE_PLACES): Promise<string> {
  for (const folder of [...path.split(delimiter), ...morePlaces]) {
    const program = join(folder, 'pgbouncer')
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (folder && runs) return program
  }
  throw new HowdahError('pooler-missing', {})
}

/**
 * Starts PgBouncer in transaction mode with SCRAM. It gets the role's verifier, not its password: the same verifier on both
 * sides lets it pass a client's proof on to the server.
 * @throws HowdahError pooler-missing, server-start-failed
 */
export async function startPooler(
  connection: Connection,
  options: PoolerOptions,
  runtime: Runtime,
): Promise<RunningServer> {
  const program = await findPgBouncer(options.path)
  const directory = join(options.place, 'pooler')
  const logFile = join(options.place, 'logs', 'pooler.log')
  await endLeftovers(directory, PGBOUNCER_NUDGES, runtime.clock)
  await writeConfiguration(connection, directory, options)
  const child = await spawnServer(
    { program, args: ['pgbouncer.ini'], directory, logFile, user: options.user, nudges: PGBOUNCER_NUDGES },
    runtime.clock,
  )
  try {
    const version = await poll(async () => (child.over() === undefined ? await answer(options.client) : ''), {
      clock: runtime.clock,
      signal: runtime.signal,
      budgetMs: 15_000,
      firstPauseMs: 20,
      maxPauseMs: 200,
    })
    if (!version) throw await child.startFailure('PgBouncer', child.over() ?? 'it did not answer within 15 s')
    return { port: options.port, stop: child.stop, ended: child.ended }
  } catch (error) {
    await child.stop()
    throw error
  }
}

async function writeConfiguration(
  connection: Connection,
  directory: string,
  options: PoolerOptions,
): Promise<void> {
  const { verifier } = await connection.row<{ verifier: string }>(
    'SELECT rolpassword AS verifier FROM pg_authid WHERE rolname = $1',
    [options.role],
  )
  const settings = {
    listen_addr: LOOPBACK,
    listen_port: options.port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: 'userlist.txt',
    pool_mode: 'transaction',
    max_client_conn: 200,
    default_pool_size: 20,
    admin_users: options.role,
    stats_users: options.role,
    // Clients set it at startup, pg and JDBC among them, and PgBouncer refuses what it does not track.
    ignore_startup_parameters: 'extra_float_digits',
  }
  const lines = [
    '[databases]',
    // Every database of the server under its own name: 1.18 has no way to write a name with special characters here.
    `* = host=${LOOPBACK} port=${options.postgresPort}`,
    '[pgbouncer]',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
  ]
  await writeFor(options.user, join(directory, 'pgbouncer.ini'), `${lines.join('\n')}\n`)
  await writeFor(
    options.user,
    join(directory, 'userlist.txt'),
    `${quoted(options.role)} ${quoted(verifier)}\n`,
  )
}

async function writeFor(user: ServerUser | undefined, file: string, text: string): Promise<void> {
  await rm(file, { force: true })
  await writeFile(file, text, { mode: 0o600 })
  await giveTo(user, file)
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** What the server answers through the pooler; `undefined` while it does not. */
async function answer(client: ConnectOptions): Promise<string | undefined> {
  try {
    await using pooled = await connect(client)
    return (await pooled.row<{ version: string }>(`SELECT current_setting('server_version') AS version`))
      .version
  } catch (error) {
    if (error instanceof HowdahError) return undefined
    throw error
  }
}
