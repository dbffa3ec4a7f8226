import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { escapeLiteral } from 'pg'
import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { dataVersion } from '../embedded/data-directory.ts'
import { LOOPBACK } from '../embedded/ports.ts'
import { type RunningServer, type ServerOptions, startServer } from '../embedded/postgres-server.ts'
import { giveTo } from '../embedded/server-user.ts'
import type { Connection } from '../postgres/connect.ts'
import { copyRunningServer } from './copy-data.ts'

const ROLE = 'howdah_replicator'
const SLOT = 'howdah_replica'

/** How long a kept replica has to show that it streams before it is made anew, in milliseconds. */
const STREAMING_BUDGET_MS = 15_000

export interface ReplicaOptions {
  /** How the primary runs; the replica must not have smaller limits than it. */
  readonly primary: ServerOptions
  readonly place: string
  readonly port: number
  readonly password: Secret
}

/**
 * Starts a streaming replica: the one of the last run where it still follows, otherwise a new copy of the primary.
 * @throws HowdahError server-start-failed when a fresh copy does not stream either
 */
export async function startReplica(
  connection: Connection,
  options: ReplicaOptions,
  runtime: Runtime,
): Promise<RunningServer> {
  const { place, primary } = options
  const dataDirectory = join(place, 'replica')
  await prepareRole(connection, options.password)
  await writePasswordFile(options)
  const kept = (await dataVersion(dataDirectory)) === String(primary.server.major)
  if (kept && (await slotExists(connection))) {
    try {
      return await startStreaming(connection, dataDirectory, options, runtime)
    } catch (error) {
      runtime.signal.throwIfAborted()
      runtime.log.info(
        'replica.rebuilding',
        'the replica of the last run no longer follows: copying the primary again',
        {
          reason: error instanceof Error ? error.message : String(error),
        },
      )
    }
  }
  await makeCopy(connection, dataDirectory, options)
  return startStreaming(connection, dataDirectory, options, runtime)
}

/** Without a replica its slot would keep the primary's log for ever. */
export async function removeReplica(connection: Connection, place: string): Promise<void> {
  await dropSlot(connection)
  for (const name of ['replica', 'replica.unfinished', 'replica.pgpass'])
    await rm(join(place, name), { recursive: true, force: true })
}

async function prepareRole(connection: Connection, password: Secret): Promise<void> {
  const [row] = await connection.rows('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE])
  const verb = row ? 'ALTER' : 'CREATE'
  await connection.run(`${verb} ROLE ${ROLE} LOGIN REPLICATION PASSWORD ${escapeLiteral(password.reveal())}`)
}

async function slotExists(connection: Connection): Promise<boolean> {
  const [row] = await connection.rows(
    `SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND wal_status <> 'lost'`,
    [SLOT],
  )
  return row !== undefined
}

async function dropSlot(connection: Connection): Promise<void> {
  await connection.run(
    'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
    [SLOT],
  )
}

/** libpq reads the password from a file: on the command line everybody on the machine could see it. */
async function writePasswordFile({ place, primary, password }: ReplicaOptions): Promise<void> {
  const file = passwordFile(place)
  await rm(file, { force: true })
  await writeFile(file, `${LOOPBACK}:*:*:${ROLE}:${password.reveal()}\n`, { mode: 0o600 })
  await giveTo(primary.user, file)
}

const passwordFile = (place: string) => join(place, 'replica.pgpass')

/** The slot comes first and is reserved at once, so that no piece of the log between copy and start is missing. */
async function makeCopy(
  connection: Connection,
  dataDirectory: string,
  { primary }: ReplicaOptions,
): Promise<void> {
  const unfinished = `${dataDirectory}.unfinished`
  await rm(dataDirectory, { recursive: true, force: true })
  await rm(unfinished, { recursive: true, force: true })
  await dropSlot(connection)
  await connection.run('SELECT pg_create_physical_replication_slot($1, true)', [SLOT])
  await copyRunningServer(connection, primary.dataDirectory, unfinished)
  await writeFile(join(unfinished, 'standby.signal'), '', { mode: 0o600 })
  await giveTo(primary.user, unfinished)
  await rename(unfinished, dataDirectory)
}

async function startStreaming(
  connection: Connection,
  dataDirectory: string,
  { primary, place, port }: ReplicaOptions,
  runtime: Runtime,
): Promise<RunningServer> {
  const conninfo = `host=${LOOPBACK} port=${primary.port} user=${ROLE} application_name=${SLOT} passfile='${passwordFile(place)}'`
  const logFile = join(place, 'logs', 'replica.log')
  const settings = {
    ...primary.settings,
    primary_conninfo: conninfo,
    primary_slot_name: SLOT,
    hot_standby: 'on',
  }
  const server = await startServer(
    { ...primary, what: 'the replica', dataDirectory, logFile, port, settings },
    runtime,
  )
  const streaming = await poll(async () => ((await isStreaming(connection)) ? true : undefined), {
    clock: runtime.clock,
    signal: runtime.signal,
    budgetMs: STREAMING_BUDGET_MS,
    firstPauseMs: 50,
    maxPauseMs: 500,
  }).catch(async error => {
    await server.stop()
    throw error
  })
  if (streaming) return server
  await server.stop()
  throw new HowdahError('server-start-failed', {
    what: 'the replica',
    reason: `it did not begin to stream within ${STREAMING_BUDGET_MS} ms`,
    log: logFile,
  })
}

async function isStreaming(connection: Connection): Promise<boolean> {
  const [row] = await connection.rows(
    `SELECT 1 FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`,
    [SLOT],
  )
  return row !== undefined
}
