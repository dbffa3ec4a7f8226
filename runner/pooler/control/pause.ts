import { HowdahError } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import { plural } from '../../core/units.ts'
import type { PoolerProcess } from '../console/pooler-process.ts'
import {
  atEach,
  type FleetOptions,
  type FleetOutcome,
  failedOf,
  notFollowed,
  requireAll,
  withFleet,
} from './fleet.ts'

export interface PauseOptions extends FleetOptions {
  /** Until when all have to be paused, in milliseconds; else all are resumed. */
  readonly deadlineMs: number
  readonly dryRun: boolean
}

/** What lets people go on must not be given up early. */
const RESUME_ATTEMPT_MS = 2000
const RESUME_ATTEMPTS = 5
const ON_ITS_WAY_MS = 250

/**
 * Holds all clients back, at every process or at none: when one has not paused by the deadline, or the user interrupts, all are resumed.
 * @throws HowdahError pooler-unreachable, pooler-deadline-too-long, the interruption
 */
export function pausePoolers(options: PauseOptions): Promise<FleetOutcome> {
  const { runtime, deadlineMs, dryRun } = options
  const started = runtime.clock.monotonicMs()
  return withFleet(options, async found => {
    const processes = requireAll(found)
    requireDeadline(processes, deadlineMs)
    const durationMs = () => Math.round(runtime.clock.monotonicMs() - started)
    if (dryRun) {
      const outcomes = processes.map(({ place }) => ({ pooler: place, state: 'planned' as const }))
      return { command: 'PAUSE', outcomes, durationMs: durationMs(), error: undefined }
    }
    const { outcomes, error } = await pauseAll(processes, options)
    return { command: 'PAUSE', outcomes, durationMs: durationMs(), error }
  })
}

/** Lets all clients go on. What cannot be reached is an outcome: the others need not wait for it. */
export function resumePoolers(options: FleetOptions & { readonly dryRun: boolean }): Promise<FleetOutcome> {
  const { runtime, dryRun } = options
  const started = runtime.clock.monotonicMs()
  return withFleet(options, async ({ processes, unreachable }) => {
    const missing = unreachable.map(each => ({ ...each, state: 'failed' as const }))
    const done = dryRun
      ? processes.map(({ place }) => ({ pooler: place, state: 'planned' as const }))
      : await resumeAll(processes)
    const outcomes = [...done, ...missing]
    const durationMs = Math.round(runtime.clock.monotonicMs() - started)
    const error = notFollowed('RESUME', outcomes, 'its clients wait until they time out')
    return { command: 'RESUME', outcomes, durationMs, error }
  })
}

/** Pauses all by the deadline, or resumes all. @throws the interruption, after all were resumed */
export async function pauseAll(
  processes: readonly PoolerProcess[],
  { runtime, deadlineMs }: Pick<PauseOptions, 'runtime' | 'deadlineMs'>,
): Promise<Pick<FleetOutcome, 'outcomes' | 'error'>> {
  const { signal, progress, clock } = runtime
  signal.throwIfAborted()
  const stop = new AbortController()
  const interrupted = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(signal.reason))
  })
  interrupted.catch(() => undefined)
  const onAbort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const outcomes = await step(
      progress,
      'Pausing',
      () => atEach(processes, pooler => Promise.race([pooler.pause(deadlineMs, stop.signal), interrupted])),
      done => `${plural(done.length - failedOf(done).length, 'process', 'processes')} paused`,
    )
    if (!signal.aborted && failedOf(outcomes).length === 0) return { outcomes, error: undefined }
    stop.abort(signal.reason)
    await resumeAll(processes)
    // A PAUSE that was on its way meanwhile is there by now.
    await clock.sleep(ON_ITS_WAY_MS)
    const resumed = await resumeAll(processes)
    const stuck = failedOf(resumed).map(({ pooler }) => pooler)
    if (signal.aborted && stuck.length === 0) throw signal.reason
    const consequence =
      stuck.length === 0 ? 'all were resumed' : `still paused, and not to be resumed: ${stuck.join(', ')}`
    const failures = signal.aborted ? resumed : outcomes
    return { outcomes: failures, error: notFollowed('PAUSE', failures, consequence) }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Tries again where one does not answer. Never throws. */
export function resumeAll(processes: readonly PoolerProcess[]) {
  return atEach(processes, async pooler => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await pooler.resume(RESUME_ATTEMPT_MS)
        return
      } catch (error) {
        if (attempt === RESUME_ATTEMPTS) throw error
      }
    }
  })
}

/** Clients that wait for longer than query_wait_timeout are thrown out: the pause has to be over before. @throws HowdahError pooler-deadline-too-long */
export function requireDeadline(processes: readonly PoolerProcess[], deadlineMs: number): void {
  for (const { place, config } of processes) {
    const seconds = Number(config.get('query_wait_timeout') ?? 0)
    if (seconds > 0 && deadlineMs >= seconds * 1000)
      throw new HowdahError('pooler-deadline-too-long', { pooler: place, deadlineMs, seconds })
  }
}
