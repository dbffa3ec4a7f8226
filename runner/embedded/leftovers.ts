import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { poll } from '../core/poll.ts'
import { isAlive, sendSignal } from '../core/processes.ts'

/** A signal and how long a process gets to follow it, in milliseconds. */
export interface Nudge {
  readonly signal: NodeJS.Signals
  readonly patienceMs: number
}

/** Postgres: fast shutdown, then immediate shutdown, then no more asking. */
export const POSTGRES_NUDGES: readonly Nudge[] = [
  { signal: 'SIGINT', patienceMs: 30_000 },
  { signal: 'SIGQUIT', patienceMs: 10_000 },
  { signal: 'SIGKILL', patienceMs: 5000 },
]

/** PgBouncer: SIGINT waits for running queries; SIGTERM ends at once up to 1.22, SIGQUIT from 1.23 on. */
export const PGBOUNCER_NUDGES: readonly Nudge[] = [
  { signal: 'SIGINT', patienceMs: 1000 },
  { signal: 'SIGTERM', patienceMs: 1000 },
  { signal: 'SIGQUIT', patienceMs: 1000 },
  { signal: 'SIGKILL', patienceMs: 5000 },
]

/** Ends a process, harder and harder. Returns when it is gone or was past helping. */
export async function endProcess(pid: number, nudges: readonly Nudge[], clock: Clock): Promise<void> {
  for (const { signal, patienceMs } of nudges) {
    if (!sendSignal(pid, signal)) return
    const gone = await poll(async () => (isAlive(pid) ? undefined : true), {
      clock,
      budgetMs: patienceMs,
      firstPauseMs: 10,
      maxPauseMs: 100,
    })
    if (gone) return
  }
}

/**
 * Ends what a killed parent left running in a directory, and removes the pid file it left. Servers always have their
 * directory as working directory, so a process id that was used again is never mistaken for one.
 * @returns the ids of the processes that were ended
 */
export async function endLeftovers(
  directory: string,
  nudges: readonly Nudge[],
  clock: Clock,
): Promise<number[]> {
  const leader = await readPid(join(directory, 'postmaster.pid'))
  const running = await processesIn(directory, leader)
  // The postmaster first: it ends its backends in order. Those that outlive it hold the shared memory and must go too.
  const ordered = running.sort((a, b) => Number(b === leader) - Number(a === leader))
  for (const pid of ordered) await endProcess(pid, nudges, clock)
  await rm(join(directory, 'postmaster.pid'), { force: true })
  return ordered
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}

async function processesIn(directory: string, leader: number | undefined): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => undefined)
  // Without /proc (macOS) only the postmaster's own word is there to go by.
  if (!entries) return leader !== undefined && isAlive(leader) ? [leader] : []
  const pids = entries.filter(entry => /^\d+$/.test(entry)).map(Number)
  const homes = await Promise.all(
    pids.map(async pid => ({ pid, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => undefined) })),
  )
  return homes.filter(({ cwd }) => cwd === directory).map(({ pid }) => pid)
}
