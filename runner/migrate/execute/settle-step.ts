import type { HowdahError } from '../../core/errors.ts'
import { endedRecord, finishedRecord, type StepEnd } from '../../ledger/step-records.ts'
import { cancelOnAbort } from '../../postgres/cancel.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'
import type { Step } from '../plan/plan.ts'
import { ownRole } from './session.ts'
import { recordOf, type StepContext, type StepResult } from './step-context.ts'
import { failedEffort, outcomeOf, placeOfStep, type StepOutcome } from './step-outcome.ts'

/** A run of a plan, with what became of its steps so far. */
export interface Execution extends StepContext {
  readonly outcomes: StepOutcome[]
}

/** Runs a step's body, cancels it on an interrupt, and records how it ended. `recorded`: whether its beginning is on record. */
export async function settle(
  { connection, runtime, outcomes }: Execution,
  step: Step,
  recorded: boolean,
  body: () => Promise<StepResult>,
): Promise<void> {
  const startedAt = runtime.clock.now()
  const started = runtime.clock.monotonicMs()
  const elapsed = () => Math.round(runtime.clock.monotonicMs() - started)
  try {
    const result = await cancelOnAbort(connection, runtime.signal, body)
    const durationMs = elapsed()
    const outcome = outcomeOf(step, result.state, durationMs, result)
    outcomes.push(outcome)
    logEvent(runtime.log, 'step.applied', `${placeOfStep(outcome)} ${outcome.summary}`, {
      ...outcome,
      durationMs,
    })
  } catch (thrown) {
    const error = explainError(thrown)
    outcomes.push(outcomeOf(step, 'failed', elapsed(), failedEffort(error)))
    await attachProblems(error, async () => {
      if (connection.lost) return
      const record = recordOf(step, runtime.runId)
      const [end, now] = [failed(error), runtime.clock.now()]
      const begun = recorded || (step.scope === 'statement' && step.alone)
      const failure = begun ? finishedRecord(record, end, now) : endedRecord(record, startedAt, end, now)
      await connection.run([...ownRole(step.script), failure].join('; '))
    })
    throw error
  }
}

function failed(error: HowdahError): StepEnd {
  const { sqlstate } = error.details
  const { attempts, lockWaitMs = 0, blockers = [], rows } = failedEffort(error)
  return {
    state: 'failed',
    attempts,
    lockWaitMs,
    blockers: blockers.map(({ query, ...blocker }) => blocker),
    rows,
    sqlstate: typeof sqlstate === 'string' ? sqlstate : undefined,
    error: error.message,
  }
}

/** A problem of the clean-up is told with the error, and never in its place. */
export async function attachProblems(error: HowdahError, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (problem) {
    error.attachCleanup(problem)
  }
}
