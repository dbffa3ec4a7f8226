import { spawn } from 'node:child_process'
import { open, readFile, rename } from 'node:fs/promises'
import type { Clock } from '../core/clock.ts'
import { HowdahError } from '../core/errors.ts'
import { endProcess, type Nudge } from './leftovers.ts'
import { giveTo, runAs, type ServerUser } from './server-user.ts'

export interface SpawnOptions {
  readonly program: string
  readonly args: readonly string[]
  /** The working directory: by it a leftover is recognised after a crash. */
  readonly directory: string
  readonly logFile: string
  readonly user: ServerUser | undefined
  /** How to end it. */
  readonly nudges: readonly Nudge[]
}

/** A server that runs as our child until it is stopped. */
export interface ServerProcess {
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
  /** Resolves with the reason when the server ends, by `stop` or by itself. */
  readonly ended: Promise<string>
  /** Why it ended, if it has. */
  readonly over: () => string | undefined
  /** The error to report when it does not come up, with the end of its log. */
  readonly startFailure: (what: string, reason: string) => Promise<HowdahError>
}

/**
 * Starts a server in a session of its own, so that Ctrl-C reaches us alone and we stop things in order. It logs into a
 * file: a pipe to us would break it when we are killed. The log of the run before is kept beside it.
 */
export async function spawnServer(options: SpawnOptions, clock: Clock): Promise<ServerProcess> {
  const { program, args, directory, logFile, user, nudges } = options
  await rename(logFile, `${logFile}.previous`).catch(() => undefined)
  await using log = await open(logFile, 'a', 0o600)
  await giveTo(user, logFile)
  const child = spawn(program, args, {
    ...runAs(user),
    cwd: directory,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' },
  })
  let over: string | undefined
  const ended = new Promise<string>(resolve => {
    const end = (reason: string) => {
      over = reason
      resolve(reason)
    }
    child.on('error', error => end(error.message))
    child.on('exit', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`))
  })
  child.unref()
  const { pid } = child
  return {
    pid,
    ended,
    over: () => over,
    stop: async () => {
      if (pid !== undefined && over === undefined) await endProcess(pid, nudges, clock)
    },
    startFailure: async (what, reason) =>
      new HowdahError(
        'server-start-failed',
        { what, reason, log: logFile },
        { excerpt: await tail(logFile) },
      ),
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-12).join('\n')
}
