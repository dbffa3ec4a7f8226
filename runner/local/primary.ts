import { join } from 'node:path'
import { escapeIdentifier } from 'pg'
import { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { Secret } from '../core/secret.ts'
import { dataVersion, initialise } from '../embedded/data-directory.ts'
import { endLeftovers, POSTGRES_NUDGES } from '../embedded/leftovers.ts'
import { choosePort, isFree, LOOPBACK } from '../embedded/ports.ts'
import { type RunningServer, type ServerOptions, startServer } from '../embedded/postgres-server.ts'
import type { ServerPackage } from '../embedded/server-package.ts'
import type { ServerUser } from '../embedded/server-user.ts'
import { type ConnectOptions, connect } from '../postgres/connect.ts'
import { SQLSTATE, sqlstateOf } from '../postgres/sqlstate.ts'
import type { Home } from './home.ts'
import type { PlatformState } from './state.ts'

/** Not `howdah`: a role finds the schema of its own name first, and ours is the ledger's. */
export const SUPERUSER = 'postgres'

/** Settings of the local servers; everything else is the server's default. */
const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  track_io_timing: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A replica that was stopped for long is made anew; it must not fill the disk with log kept for it.
  max_slot_wal_keep_size: '1GB',
}

export interface PrimaryOptions {
  readonly home: Home
  readonly server: ServerPackage
  readonly user: ServerUser | undefined
  readonly state: PlatformState
  /** Whether the state, with the password, was made in this run. */
  readonly stateIsNew: boolean
  /** The port asked for; 0 is any. */
  readonly port: number
}

export interface Primary {
  readonly running: RunningServer
  /** How it was started; a replica is started likewise. */
  readonly options: ServerOptions
  /** Processes of a killed run that were ended first. */
  readonly healed: readonly number[]
}

/**
 * Starts the primary on its data of the last run, or on new data.
 * @throws HowdahError data-version-mismatch, data-password-lost, port-taken, server-start-failed
 */
export async function startPrimary(options: PrimaryOptions, runtime: Runtime): Promise<Primary> {
  const { home, server, user, state, port } = options
  const dataDirectory = join(home.place, 'data')
  const healed = await endLeftovers(dataDirectory, POSTGRES_NUDGES, runtime.clock)
  await prepareData(dataDirectory, options)
  const what = `Postgres ${server.major}`
  // A port found free can be taken before the server has it; then another one is chosen, unless this one was asked for.
  for (let round = 1; ; round++) {
    const previous = round === 1 ? state.ports.postgres : undefined
    const chosen = await choosePort({ asked: port, previous, what, setting: '--port' })
    const logFile = join(home.place, 'logs', 'postgres.log')
    const start = {
      what,
      server,
      user,
      dataDirectory,
      logFile,
      port: chosen,
      settings: SETTINGS,
      startTimeoutMs: 60_000,
    }
    try {
      return { running: await startServer(start, runtime), options: start, healed }
    } catch (error) {
      if (port !== 0 || round === 3 || (await isFree(chosen))) throw error
    }
  }
}

async function prepareData(
  directory: string,
  { server, user, state, stateIsNew }: PrimaryOptions,
): Promise<void> {
  const found = await dataVersion(directory)
  if (found === undefined)
    return initialise(directory, { server, user, superuser: SUPERUSER, password: state.password })
  if (found !== String(server.major))
    throw new HowdahError('data-version-mismatch', { directory, found, wanted: server.major })
  if (stateIsNew) throw new HowdahError('data-password-lost', { directory })
}

/** The URL of a database on a local server. */
export function localUrl(user: string, password: Secret, port: number, database: string): Secret {
  const url = new URL(`postgresql://${LOOPBACK}:${port}`)
  url.username = user
  url.password = password.reveal()
  url.pathname = `/${encodeURIComponent(database)}`
  return new Secret(url.href)
}

/** Makes the database unless it is there. `client` leads to another database of the server. */
export async function ensureDatabase(client: ConnectOptions, name: string): Promise<void> {
  await using connection = await connect(client)
  try {
    await connection.run(`CREATE DATABASE ${escapeIdentifier(name)}`)
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.duplicateDatabase) throw error
  }
}
