import { kill } from 'node:process'
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
