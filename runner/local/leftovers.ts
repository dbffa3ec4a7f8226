import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { poll } from '../core/poll.ts'
import { isAlive, sendSignal } from '../core/processes.ts'

/** Time for a process to follow a signal before the next, harder one. */
const PATIENCE_MS = 15_000

/** Ends a process: `gentle` first, SIGQUIT and SIGKILL when it does not go. */
export async function endProcess(pid: number, gentle: NodeJS.Signals, clock: Clock): Promise<void> {
  for (const signal of [gentle, 'SIGQUIT', 'SIGKILL'] as const) {
    if (!sendSignal(pid, signal)) return
    const gone = await poll(async () => (isAlive(pid) ? undefined : true), {
      clock,
      budgetMs: PATIENCE_MS,
      firstPauseMs: 20,
      maxPauseMs: 200,
    })
    if (gone) return
  }
}

/**
 * Ends what a killed parent left running in a data directory, and removes the pid file it left.
 * A server always has its data directory as working directory, so a reused process id is never mistaken for one.
 * @returns the ids of the processes that were ended
 */
export async function endLeftovers(dataDirectory: string, clock: Clock): Promise<number[]> {
  const postmaster = await readPid(join(dataDirectory, 'postmaster.pid'))
  const running = await processesIn(dataDirectory, postmaster)
  // The postmaster first: it ends its backends in order. Those that outlive it hold the shared memory and must go too.
  const ordered = running.sort((a, b) => Number(b === postmaster) - Number(a === postmaster))
  for (const pid of ordered) await endProcess(pid, 'SIGINT', clock)
  await rm(join(dataDirectory, 'postmaster.pid'), { force: true })
  return ordered
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}

async function processesIn(directory: string, postmaster: number | undefined): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => undefined)
  // Without /proc (macOS) only the postmaster's own word is there to go by.
  if (!entries) return postmaster !== undefined && isAlive(postmaster) ? [postmaster] : []
  const pids = entries.filter(entry => /^\d+$/.test(entry)).map(Number)
  const homes = await Promise.all(
    pids.map(async pid => ({ pid, cwd: await readlink(`/proc/${pid}/cwd`).catch(() => undefined) })),
  )
  return homes.filter(({ cwd }) => cwd === directory).map(({ pid }) => pid)
}
