import type { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { formatDuration, plural } from '../../core/units.ts'
import { finishRun, type RunOutcome } from '../../ledger/runs.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'
import type { ExecutionOutcome } from './execute.ts'

/** Says that a run begins. */
export function logStart(
  { log }: Runtime,
  verb: string,
  migrations: readonly { readonly steps: readonly unknown[] }[],
  repeatables: number,
): void {
  const sentence = `${verb}: ${plural(migrations.length, 'migration')}`
  const steps = migrations.reduce((sum, each) => sum + each.steps.length, 0)
  logEvent(log, 'run.started', sentence, { verb, migrations: migrations.length, steps, repeatables })
}

export function outcomeOfRun(error: HowdahError | undefined): RunOutcome {
  if (error === undefined) return 'done'
  return error.code === 'interrupted' ? 'interrupted' : 'failed'
}

/**
 * Records how a run ended. A run whose session is gone stays without an outcome, as one that was killed.
 * @param begunMs when it began, on the monotonic clock
 * @param beside what is recorded together with it
 */
export async function finishRecorded(
  connection: Connection,
  runtime: Runtime,
  { steps, error }: ExecutionOutcome,
  begunMs: number,
  beside: (at: Date) => Promise<void> = async () => undefined,
): Promise<void> {
  const outcome = outcomeOfRun(error)
  try {
    if (!connection.lost) {
      const finishedAt = runtime.clock.now()
      await beside(finishedAt)
      await finishRun(connection, runtime.runId, { outcome, errorCode: error?.code, finishedAt })
    }
  } catch (problem) {
    if (!error) throw problem
    error.attachCleanup(explainError(problem))
  }
  const durationMs = Math.round(runtime.clock.monotonicMs() - begunMs)
  const count = (...states: readonly string[]) => steps.filter(({ state }) => states.includes(state)).length
  logEvent(runtime.log, 'run.finished', `run ${outcome} after ${formatDuration(durationMs)}`, {
    outcome,
    errorCode: error?.code ?? null,
    durationMs,
    applied: count('applied', 'skipped'),
    failed: count('failed'),
    notRun: count('not-run'),
  })
}
