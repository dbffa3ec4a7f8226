import { setTimeout as delay } from 'node:timers/promises'

/** Time as the rooms see it. A test hands in another one. */
export interface Clock {
  /** Wall-clock time. */
  now(): Date
  /** Milliseconds since an arbitrary point; never goes backwards. */
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {}).catch(error => {
      throw signal?.aborted ? signal.reason : error
    })
  },
}
