import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { kill, pid } from 'node:process'

import { systemCodeOf } from './errors.ts'

/**
 * Whether a process with this id runs; one that belongs to somebody else does. A process that has ended and that its parent
 * has not waited for (in a container whose first process does not reap) runs no more.
 */
export function isAlive(pid: number): boolean {
  try {
    kill(pid, 0)
  } catch (error) {
    if (systemCodeOf(error) !== 'EPERM') return false
  }
  return stateOf(pid) !== 'Z'
}

/** Whether a process group has a member that runs; its leader may have ended. A group of zombies runs no more. */
export function isGroupAlive(leader: number): boolean {
  if (!isAlive(-leader)) return false
  const pids = processIds()
  if (!pids) return true
  return pids.some(pid => {
    const [state, , group] = statusOf(pid) ?? []
    return Number(group) === leader && state !== 'Z'
  })
}

function processIds(): number[] | undefined {
  try {
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return undefined
  }
}

/** The process's state as proc(5) names it; `undefined` where the system has no /proc. */
function stateOf(pid: number): string | undefined {
  return statusOf(pid)?.[0]
}

/** State, parent and group, from the third field of proc(5) on: the second may hold spaces and ends with the last parenthesis. */
function statusOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** Sends a signal, to a group by its leader's id negated; what is gone already is no error. Returns whether it was there. */
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
