import { readFile } from 'node:fs/promises'
import { kill, pid } from 'node:process'

import { systemCodeOf } from './errors.ts'

/** Whether a process with this id exists; one that belongs to somebody else does. */
export function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'
  }
}

/** Sends a signal; a process that is gone already is no error. Returns whether there was one. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return kill(pid, signal)
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false
    throw error
  }
}

/**
 * When a process started, in a form that only serves to compare: two processes that had the same id one after the other
 * differ in it. `undefined` where the system has no /proc.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Field 22 (proc(5)); the second field, the program's name, may hold spaces and is closed by the last parenthesis.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** The id of this process. */
export const ownPid = pid
