import type { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import { formatDuration, plural } from '../../core/units.ts'
import { forgottenRepeatables } from '../../ledger/repeatables.ts'
import { reopenedRecord, undoneRecords } from '../../ledger/step-records.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'
import { anyInvalid } from '../execute/concurrent-index.ts'
import type { ExecutionOutcome } from '../execute/execute.ts'
import type { MigrationLimits } from '../execute/lock-policy.ts'
import { runFile, runStatement } from '../execute/run-step.ts'
import { freshSession } from '../execute/session.ts'
import { attachProblems, type Execution, settle } from '../execute/settle-step.ts'
import { recordOf } from '../execute/step-context.ts'
import { outcomeOf } from '../execute/step-outcome.ts'
import { Watcher } from '../execute/watcher.ts'
import { undoneRows } from '../history/history-records.ts'
import type { FileStep, StatementStep } from '../plan/plan.ts'
import type { PlannedUndoing, RollbackPlan } from './plan-rollback.ts'

/** Carries a rollback out, newest migration first. A failure is a value, as in deploy. */
export async function executeRollback(
  connection: Connection,
  { migrations }: RollbackPlan,
  limits: MigrationLimits,
  runtime: Runtime,
): Promise<ExecutionOutcome> {
  const watcher = new Watcher(connection, runtime.clock, limits.showQueries ?? false)
  const execution: Execution = {
    connection,
    runtime,
    limits,
    watcher,
    meetsOthers: true,
    outcomes: [],
    show: () => undefined,
  }
  let failure: HowdahError | undefined
  try {
    for (const migration of migrations) await undo(execution, migration)
  } catch (error) {
    failure = explainError(error)
  } finally {
    await watcher.close().catch(() => undefined)
  }
  const planned = migrations.flatMap(({ steps }) => steps)
  const notRun = planned.slice(execution.outcomes.length).map(step => outcomeOf(step, 'not-run', null))
  return { steps: [...execution.outcomes, ...notRun], error: failure }
}

async function undo(shared: Execution, migration: PlannedUndoing): Promise<void> {
  const { connection, runtime } = shared
  const { name, steps } = migration
  const progress = runtime.progress.step(`${name}, back`)
  const execution: Execution = { ...shared, show: progress.update }
  const started = runtime.clock.monotonicMs()
  // Prisma's row, our records and what the next deploy has to know become true with the last statement, or not at all.
  const closing = (now: Date) => [
    undoneRows(connection, name, now),
    undoneRecords(name),
    ...(migration.forgets.length > 0 ? [forgottenRepeatables(migration.forgets)] : []),
  ]
  try {
    const [first] = steps
    if (first?.scope === 'file') await undoWhole(execution, first, closing)
    else await undoSingly(execution, steps as readonly StatementStep[], closing)
  } catch (error) {
    progress.fail()
    throw error
  }
  progress.done(plural(steps.length, 'step'))
  const durationMs = Math.round(runtime.clock.monotonicMs() - started)
  const fields = { migration: name, durationMs, steps: steps.length }
  logEvent(runtime.log, 'migration.undone', `${name} undone in ${formatDuration(durationMs)}`, fields)
}

type Closing = (now: Date) => readonly string[]

/** One message from BEGIN to COMMIT: killed at any moment the migration is undone with its records, or it is not. */
async function undoWhole(execution: Execution, step: FileStep, closing: Closing): Promise<void> {
  const { runtime, show } = execution
  show(step.summary)
  await settle(execution, step, false, () =>
    runFile(execution, step, { startedAt: runtime.clock.now(), before: [], records: closing }),
  )
}

async function undoSingly(
  execution: Execution,
  steps: readonly StatementStep[],
  closing: Closing,
): Promise<void> {
  const { connection, runtime, limits, show } = execution
  await connection.run(freshSession(connection, limits).join('; '))
  for (const [index, step] of steps.entries()) {
    show(step.summary)
    const isLast = index === steps.length - 1
    try {
      await settle(execution, step, false, () =>
        runStatement(execution, step, false, isLast ? closing : undefined),
      )
    } catch (error) {
      await attachProblems(explainError(error), () => reopenIfHalfDone(execution, step))
      throw error
    }
  }
  // Taken out of the file after they had failed, the last statements leave nothing to run and everything to record.
  if (steps.length === 0) await connection.run(closing(runtime.clock.now()).join('; '))
}

/**
 * A concurrent drop marks the index INVALID before it waits for those who use it; ended while it waits, it leaves that. As the
 * first statement it would look as if nothing had been done.
 */
async function reopenIfHalfDone({ connection, runtime }: Execution, step: StatementStep): Promise<void> {
  const { kind } = step.statement
  if (connection.lost || kind.kind !== 'index-drop') return
  if (await anyInvalid(connection, kind.indexes))
    await connection.run(reopenedRecord(recordOf(step, runtime.runId)))
}
