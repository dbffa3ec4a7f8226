import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { POSTGRES_NUDGES } from './leftovers.ts'
import { LOOPBACK } from './ports.ts'
import type { ServerPackage } from './server-package.ts'
import { type ServerProcess, spawnServer } from './server-process.ts'
import type { ServerUser } from './server-user.ts'

export interface ServerOptions {
  /** For messages: `Postgres`, `the replica`. */
  readonly what: string
  readonly server: ServerPackage
  readonly user: ServerUser | undefined
  readonly dataDirectory: string
  readonly logFile: string
  readonly port: number
  /** Server settings by name. */
  readonly settings: Readonly<Record<string, string>>
  readonly startTimeoutMs: number
}

export interface RunningServer extends Pick<ServerProcess, 'stop' | 'ended'> {
  readonly port: number
}

/**
 * Starts a server and waits until it accepts connections; the server writes that into its pid file.
 * @throws HowdahError server-start-failed, with the end of the server's log
 */
export async function startServer(
  options: ServerOptions,
  { clock, signal }: Runtime,
): Promise<RunningServer> {
  const { what, server, user, dataDirectory, logFile, port, startTimeoutMs } = options
  const settings = {
    port: String(port),
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    ...options.settings,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const program = join(server.directory, 'bin', 'postgres')
  const child = await spawnServer(
    {
      program,
      args: ['-D', dataDirectory, ...args],
      directory: dataDirectory,
      logFile,
      user,
      nudges: POSTGRES_NUDGES,
    },
    clock,
  )
  const settled = async () =>
    child.over() !== undefined || (await isReady(dataDirectory, child.pid)) ? true : undefined
  try {
    const ready = await poll(settled, {
      clock,
      signal,
      budgetMs: startTimeoutMs,
      firstPauseMs: 25,
      maxPauseMs: 200,
    })
    if (child.over() !== undefined || !ready) {
      throw await child.startFailure(what, child.over() ?? `it was not ready within ${startTimeoutMs} ms`)
    }
  } catch (error) {
    await child.stop()
    throw error
  }
  return { port, stop: child.stop, ended: child.ended }
}

/** The eighth line of the pid file tells the state of the server (PM_STATUS_READY in pidfile.h). */
async function isReady(dataDirectory: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return Number(lines[0]) === pid && (lines[7] ?? '').trim() === 'ready'
}
