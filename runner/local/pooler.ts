import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { PGBOUNCER_NUDGES } from '../embedded/leftovers.ts'
import { LOOPBACK } from '../embedded/ports.ts'
import type { RunningServer } from '../embedded/postgres-server.ts'
import { giveTo, type ServerUser } from '../embedded/server-user.ts'
import { type Connection, type ConnectOptions, connect } from '../postgres/connect.ts'
import { findProgram } from './find-program.ts'
import { startProgram } from './start-program.ts'

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

/** @throws HowdahError pooler-missing */
export async function findPgBouncer(path: string, morePlaces?: readonly string[]): Promise<string> {
  const program = await findProgram(['pgbouncer'], path, morePlaces)
  if (program) return program
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
  const { place, user, port, client } = options
  return startProgram(
    {
      title: 'PgBouncer',
      program: await findPgBouncer(options.path),
      args: ['pgbouncer.ini'],
      place,
      name: 'pooler',
      user,
      port,
      nudges: PGBOUNCER_NUDGES,
      budgetMs: 15_000,
      prepare: directory => writeConfiguration(connection, directory, options),
      answers: () => answers(client),
    },
    runtime,
  )
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

/** Whether the server answers through the pooler. */
async function answers(client: ConnectOptions): Promise<boolean> {
  try {
    await using pooled = await connect(client)
    await pooled.run('SELECT 1')
    return true
  } catch (error) {
    if (error instanceof HowdahError) return false
    throw error
  }
}
