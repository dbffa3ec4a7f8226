import { type Clock, systemClock } from './clock.ts'
import { type Logger, silentLogger } from './log.ts'
import { createProgress, type Progress } from './progress.ts'

/** What every capability needs from the process around it. Nothing else of the process is visible to it. */
export interface Runtime {
  readonly log: Logger
  readonly clock: Clock
  readonly progress: Progress
  /** Aborted when the user interrupts; its reason is the error to report. */
  readonly signal: AbortSignal
  /** Identifies this run in logs and in the ledger (UUID). */
  readonly runId: string
}

/** A runtime that says nothing and is never interrupted; for library callers and tests. */
export function quietRuntime(overrides: Partial<Runtime> = {}): Runtime {
  const log = overrides.log ?? silentLogger()
  const clock = overrides.clock ?? systemClock
  return {
    log,
    clock,
    progress: createProgress({ log, clock, colours: false }),
    signal: new AbortController().signal,
    runId: crypto.randomUUID(),
    ...overrides,
  }
}
