import { join } from 'node:path'
import { poll } from '../core/poll.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Nudge } from '../embedded/leftovers.ts'
import type { RunningServer } from '../embedded/postgres-server.ts'
import { spawnServer } from '../embedded/server-process.ts'
import type { ServerUser } from '../embedded/server-user.ts'

/** A server that is no Postgres, beside those of the platform. */
export interface ProgramOptions {
  /** For messages. */
  readonly title: string
  readonly program: string
  readonly args: readonly string[]
  /** Where the platform's servers have their files. */
  readonly place: string
  /** Its directory below the place, which is its working directory, and its log's name. */
  readonly name: string
  readonly user: ServerUser | undefined
  readonly port: number
  readonly nudges: readonly Nudge[]
  /** How long it may take until it answers, in milliseconds. */
  readonly budgetMs: number
  /** Writes its files. */
  readonly prepare: (directory: string) => Promise<void>
  readonly answers: () => Promise<boolean>
}

/** @throws HowdahError server-start-failed, with the end of its log */
export async function startProgram(
  options: ProgramOptions,
  { clock, signal }: Runtime,
): Promise<RunningServer> {
  const { title, program, args, place, name, user, port, nudges, budgetMs } = options
  const directory = join(place, name)
  await options.prepare(directory)
  const logFile = join(place, 'logs', `${name}.log`)
  const child = await spawnServer({ program, args, directory, logFile, user, nudges }, clock)
  const attempt = async () => (child.over() !== undefined ? false : (await options.answers()) || undefined)
  try {
    if (await poll(attempt, { clock, signal, budgetMs, firstPauseMs: 20, maxPauseMs: 200 }))
      return { port, stop: child.stop, ended: child.ended }
    throw await child.startFailure(title, child.over() ?? `it did not answer within ${budgetMs / 1000} s`)
  } catch (error) {
    await child.stop()
    throw error
  }
}
