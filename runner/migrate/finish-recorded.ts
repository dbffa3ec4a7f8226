import type { Runtime } from '../core/runtime.ts'
import { finishRun, type RunOutcome } from '../ledger/runs.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import type { ExecutionOutcome } from './execute.ts'

/** Records how a run ended. A run whose session is gone stays without an outcome, as one that was killed. */
export async function finishRecorded(
  connection: Connection,
  runtime: Runtime,
  outcome: ExecutionOutcome,
): Promise<ExecutionOutcome> {
  const end: RunOutcome =
    outcome.error === undefined ? 'done' : outcome.error.code === 'interrupted' ? 'interrupted' : 'failed'
  try {
    if (!connection.lost) {
      await finishRun(connection, runtime.runId, {
        outcome: end,
        errorCode: outcome.error?.code,
        finishedAt: runtime.clock.now(),
      })
    }
  } catch (problem) {
    if (!outcome.error) throw problem
    outcome.error.attachCleanup(explainError(problem))
  }
  return outcome
}
