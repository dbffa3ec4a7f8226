import type { HowdahError } from './errors.ts'
import type { Runtime } from './runtime.ts'

/**
 * Runs `body` with a signal that is aborted when the run is, or when the time is up: then with `error()` as its reason.
 * The body has to end itself when its signal is aborted.
 */
export async function withTimeLimit<T>(
  { clock, signal }: Pick<Runtime, 'clock' | 'signal'>,
  limitMs: number,
  error: () => HowdahError,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [limit, over] = [new AbortController(), new AbortController()]
  const timer = clock.sleep(limitMs, over.signal).then(
    () => limit.abort(error()),
    () => undefined,
  )
  try {
    return await body(AbortSignal.any([signal, limit.signal]))
  } finally {
    over.abort()
    await timer
  }
}
