import type { Clock } from './clock.ts'

export interface PollOptions {
  readonly clock: Clock
  /** Total time to keep trying, in milliseconds. */
  readonly budgetMs: number
  /** First pause; grows by half each time up to `maxPauseMs`. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  readonly signal?: AbortSignal | undefined
  /** Returns a number in [0, 1); pauses are spread over their upper half so that waiters do not march in step. */
  readonly random?: () => number
  /** Called before each pause with the time waited so far, in milliseconds. */
  readonly onWait?: (waitedMs: number) => void | Promise<void>
}

/**
 * Calls `attempt` until it returns something other than `undefined`, or the budget is spent.
 * The last attempt is made when the budget ends, never after it. Returns `undefined` when it ran out.
 */
export async function poll<T>(
  attempt: () => Promise<T | undefined>,
  options: PollOptions,
): Promise<T | undefined> {
  const { clock, budgetMs, maxPauseMs, signal } = options
  const random = options.random ?? Math.random
  const start = clock.monotonicMs()
  let pauseMs = options.firstPauseMs
  for (;;) {
    signal?.throwIfAborted()
    const result = await attempt()
    if (result !== undefined) return result
    const waitedMs = clock.monotonicMs() - start
    const leftMs = budgetMs - waitedMs
    if (leftMs <= 0) return undefined
    await options.onWait?.(waitedMs)
    await clock.sleep(Math.min(leftMs, pauseMs * (0.5 + random() / 2)), signal)
    pauseMs = Math.min(maxPauseMs, pauseMs * 1.5)
  }
}
