import type { Clock } from './clock.ts'

/** The answer of `within` when the time was up first. */
export const OUT_OF_TIME = Symbol('out of time')

/**
 * Waits for `work` at most `ms` milliseconds. The work itself goes on: whoever asked has to end it. Its late failure is
 * taken note of and dropped, so that it cannot end the process.
 */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | typeof OUT_OF_TIME> {
  const timer = new AbortController()
  const timeUp = clock.sleep(ms, timer.signal).then((): typeof OUT_OF_TIME => OUT_OF_TIME)
  try {
    return await Promise.race([work, timeUp])
  } finally {
    timer.abort()
  }
}
