import { finishedRecord, startedRecord } from '../../ledger/step-records.ts'
import type { StatementStep } from '../plan/plan.ts'
import { mayCommit } from '../plan/script.ts'
import { withLockRetries } from './lock-policy.ts'
import { tellHolders } from './look-ahead.ts'
import { sendStatement } from './send-statement.ts'
import { freshSession } from './session.ts'
import { limitsOfStep } from './statement-timeout.ts'
import { applied, recordOf, type StepContext, type StepResult } from './step-context.ts'

/**
 * A statement of a file that asked for `transaction=none`: sent by itself, with a record before and another after. Where a
 * run is cut off between the two nobody knows what became of it, and the next run asks (gate `cut-off`).
 */
export async function runBare(
  context: StepContext,
  step: StatementStep,
  recorded: boolean,
  closing: (now: Date) => readonly string[],
): Promise<StepResult> {
  const { connection, runtime, watcher } = context
  const limits = limitsOfStep(context, step)
  const record = recordOf(step, runtime.runId)
  if (!recorded) await connection.run(startedRecord(record, runtime.clock.now()))
  await tellHolders(context, step.script, [step.statement])
  let rows: number | null = null
  const attempt = async (lockTimeoutMs: number) => {
    const { statementTimeoutMs } = limits
    await connection.guard({ lockTimeoutMs, statementTimeoutMs, idleInTransactionTimeoutMs: 0 })
    rows = await sendStatement(connection, step)
  }
  try {
    const wait = mayCommit(step.statement)
      ? await once(() => attempt(limits.lockTimeoutMs))
      : await withLockRetries(runtime, limits, watcher, (_attempt, timeoutMs) => attempt(timeoutMs))
    const now = runtime.clock.now()
    await connection.run([finishedRecord(record, applied(wait, rows), now), ...closing(now)].join('; '))
    return { state: 'applied', attempts: wait.attempts, rows }
  } finally {
    if (!connection.lost) await connection.run(freshSession(connection, limits).join('; '))
  }
}

/** What commits on its way cannot be tried again: a part of it has taken effect. */
async function once(body: () => Promise<void>) {
  await body()
  return { attempts: 1, waitedMs: 0, blockers: [] }
}
