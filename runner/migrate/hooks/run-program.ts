import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { poll } from '../../core/poll.ts'
import { isGroupAlive, sendSignal } from '../../core/processes.ts'
import { within } from '../../core/within.ts'
import { LineOutput } from './line-output.ts'

export interface ProgramOptions {
  readonly path: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Called with each line it prints, on either channel. */
  readonly onLine: (line: string) => void
  readonly clock: Clock
  /** Ends it, with all it started; the reason is thrown. */
  readonly signal: AbortSignal
}

/** How a program ended by itself. */
export interface ProgramEnd {
  /** `undefined`: well. */
  readonly failure: string | undefined
  /** The last lines it printed. */
  readonly tail: readonly string[]
}

/** How long a program that is to end gets for each signal, in milliseconds. */
const NUDGES = [
  { signal: 'SIGTERM', patienceMs: 5000 },
  { signal: 'SIGKILL', patienceMs: 5000 },
] as const

/** What it has printed is read for this long after its end, in milliseconds. */
const LAST_WORDS_MS = 1000

/**
 * Runs a program in a session of its own, so that Ctrl-C reaches us alone and we end it in order, with all it started.
 * What it leaves running in the background ends with it.
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  const { path, directory, environment, onLine, clock, signal } = options
  signal.throwIfAborted()
  const output = new LineOutput(onLine)
  let child: ChildProcess
  try {
    child = spawn(path, [], {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    return notStarted(error)
  }
  const ended = new Promise<ProgramEnd>(resolve => {
    child.on('error', error => resolve(notStarted(error)))
    child.on('exit', (code, killedBy) => resolve({ failure: failureOf(code, killedBy), tail: output.tail }))
  })
  const closed = new Promise<void>(resolve => child.on('close', () => resolve()))
  for (const stream of [child.stdout, child.stderr]) if (stream) output.read(stream)
  const listening = new AbortController()
  const aborted = new Promise<undefined>(resolve => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: listening.signal })
  })
  try {
    const end = await Promise.race([ended, aborted])
    if (end && child.pid !== undefined) await within(clock, LAST_WORDS_MS, closed)
    if (end) return end
    throw signal.reason
  } finally {
    listening.abort()
    if (child.pid !== undefined) {
      await endGroup(child.pid, clock)
      await within(clock, LAST_WORDS_MS, closed)
    }
    child.stdout?.destroy()
    child.stderr?.destroy()
    child.unref()
  }
}

function notStarted(error: unknown): ProgramEnd {
  return { failure: `it could not be started: ${messageOf(error)}`, tail: [] }
}

function failureOf(code: number | null, killedBy: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined
  return killedBy ? `it was killed by ${killedBy}` : `it ended with exit code ${code}`
}

/** Ends every process of a group. One that changed its user may be past our reach. */
async function endGroup(leader: number, clock: Clock): Promise<void> {
  for (const { signal, patienceMs } of NUDGES) {
    if (!isGroupAlive(leader)) return
    try {
      sendSignal(-leader, signal)
    } catch {
      return
    }
    const gone = await poll(async () => (isGroupAlive(leader) ? undefined : true), {
      clock,
      budgetMs: patienceMs,
      firstPauseMs: 10,
      maxPauseMs: 100,
    })
    if (gone) return
  }
}
