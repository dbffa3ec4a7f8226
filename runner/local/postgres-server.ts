import { spawn } from 'node:child_process'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError } from '../core/errors.ts'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import { endProcess } from './leftovers.ts'
import { LOOPBACK } from './ports.ts'
import type { ServerPackage } from './server-package.ts'
import { giveTo, runAs, type ServerUser } from './server-user.ts'

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

/** A server that runs as our child until it is stopped. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
  readonly stop: () => Promise<void>
}

/**
 * Starts a server and waits until it accepts connections; the server writes that into its pid file.
 * It runs in a session of its own, so that Ctrl-C reaches us alone and we stop things in order.
 * @throws HowdahError server-start-failed, with the end of the server's log
 */
export async function startServer(
  options: ServerOptions,
  { clock, signal }: Runtime,
): Promise<RunningServer> {
  const { what, server, user, dataDirectory, logFile, port } = options
  await rename(logFile, `${logFile}.previous`).catch(() => undefined)
  await using log = await open(logFile, 'a', 0o600)
  await giveTo(user, logFile)
  const settings = {
    port: String(port),
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    ...options.settings,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(server.directory, 'bin', 'postgres'), ['-D', dataDirectory, ...args], {
    ...runAs(user),
    cwd: dataDirectory,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' },
  })
  let ended: string | undefined
  child.on('error', error => {
    ended = error.message
  })
  child.on('exit', (code, exitSignal) => {
    ended = `it ended with ${exitSignal ?? `code ${code}`}`
  })
  child.unref()
  const pid = child.pid
  const stop = async () => {
    if (pid !== undefined && ended === undefined) await endProcess(pid, 'SIGINT', clock)
  }
  try {
    const ready = await poll(
      async () => (ended !== undefined || (await isReady(dataDirectory, pid)) ? true : undefined),
      {
        clock,
        signal,
        budgetMs: options.startTimeoutMs,
        firstPauseMs: 25,
        maxPauseMs: 200,
      },
    )
    if (pid === undefined || ended !== undefined || !ready) {
      const reason = ended ?? `it was not ready within ${options.startTimeoutMs} ms`
      throw new HowdahError(
        'server-start-failed',
        { what, reason, log: logFile },
        { excerpt: await tail(logFile) },
      )
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { pid, port, stop }
}

/** The eighth line of the pid file tells the state of the server (PM_STATUS_READY and PM_STATUS_STANDBY in pidfile.h). */
async function isReady(dataDirectory: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return Number(lines[0]) === pid && (lines[7] ?? '').trim() === 'ready'
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-12).join('\n')
}
