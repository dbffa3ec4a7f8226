import type { HowdahError } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration, plural } from '../core/units.ts'
import { finishStep, startStep } from '../ledger/steps.ts'
import { cancelOnAbort } from '../postgres/cancel.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { areDropped, buildIndex } from './concurrent-index.ts'
import { type Plan, type PlannedMigration, type StatementStep, type Step, stepKey } from './plan.ts'
import { createHistory, insertStarted, markFailed, markFinished, markRolledBack } from './prisma-history.ts'
import { type MigrationLimits, sendStatement, withLockRetries } from './send-statement.ts'
import { enterSession, leaveRole } from './session.ts'

export type StepState = 'applied' | 'skipped' | 'failed' | 'not-run'

/** What became of one planned step. */
export interface StepOutcome {
  readonly migration: string
  readonly file: string
  readonly summary: string
  /** Line of the step's first statement in its file. */
  readonly line: number
  readonly state: StepState
  readonly durationMs: number | null
  readonly attempts: number
}

export interface ExecutionOutcome {
  /** Every planned step, in order. */
  readonly steps: readonly StepOutcome[]
  readonly error: HowdahError | undefined
}

interface Execution {
  readonly connection: Connection
  readonly runtime: Runtime
  readonly limits: MigrationLimits
  readonly outcomes: StepOutcome[]
}

/** Carries a plan out. A failure is a value: the outcome lists what was applied, what failed, and what was not run. */
export async function execute(
  connection: Connection,
  plan: Plan,
  limits: MigrationLimits,
  runtime: Runtime,
): Promise<ExecutionOutcome> {
  const execution: Execution = { connection, runtime, limits, outcomes: [] }
  let failure: HowdahError | undefined
  try {
    if (plan.createsHistory) await createHistory(connection)
    for (const migration of plan.migrations) await runMigration(execution, migration)
  } catch (error) {
    failure = explainError(error)
  }
  const planned = plan.migrations.flatMap(migration => migration.steps)
  const notRun = planned.slice(execution.outcomes.length).map(step => outcomeOf(step, 'not-run', null, 0))
  return { steps: [...execution.outcomes, ...notRun], error: failure }
}

async function runMigration(execution: Execution, migration: PlannedMigration): Promise<void> {
  const { connection, runtime, limits } = execution
  const progress = runtime.progress.step(migration.name)
  const started = runtime.clock.monotonicMs()
  try {
    await enterSession(connection, limits)
    if (migration.recordsHistory) await runMain(execution, migration, progress.update)
    for (const step of migration.steps) {
      if (step.scope !== 'statement' || step.script.file !== 'extra.sql') continue
      progress.update(step.summary)
      await runStatement(execution, step, await record(execution, step))
    }
  } catch (error) {
    progress.fail()
    throw error
  }
  const durationMs = Math.round(runtime.clock.monotonicMs() - started)
  progress.done(plural(migration.steps.length, 'step'))
  runtime.log.debug('migration.applied', `${migration.name} applied in ${formatDuration(durationMs)}`, {
    migration: migration.name,
    durationMs,
  })
}

/** `migration.sql`: its row in Prisma's history, its steps, and the row's end. */
async function runMain(
  execution: Execution,
  migration: PlannedMigration,
  show: (detail: string) => void,
): Promise<void> {
  const { connection, runtime } = execution
  const steps = migration.steps.filter(step => step.script.file === 'migration.sql')
  // The row in Prisma's history and our first record of it appear together: an open row always has a record beside it
  // that tells the next run how far this one came.
  const opened = await connection.transaction(async () => {
    const now = runtime.clock.now()
    if (migration.closesFailedRow) await markRolledBack(connection, migration.name, now)
    const historyId = await insertStarted(connection, {
      name: migration.name,
      checksum: migration.checksum,
      startedAt: now,
    })
    const first = steps[0]
    if (!first) await markFinished(connection, historyId, now)
    return { historyId, firstRecord: first ? await record(execution, first) : undefined }
  })
  try {
    for (const [index, step] of steps.entries()) {
      show(step.summary)
      const recordId = (index === 0 ? opened.firstRecord : undefined) ?? (await record(execution, step))
      if (step.scope === 'file') await runFile(execution, step, recordId, opened.historyId)
      else await runStatement(execution, step, recordId)
    }
    if (steps.some(step => step.scope === 'statement'))
      await markFinished(connection, opened.historyId, runtime.clock.now())
  } catch (error) {
    await recordInHistory(execution, migration, opened.historyId, explainError(error))
    throw error
  }
}

/** All statements, the row's end and our record commit together, or none of them. */
async function runFile(
  execution: Execution,
  step: Extract<Step, { scope: 'file' }>,
  recordId: string,
  historyId: string,
): Promise<void> {
  const { connection, runtime, limits } = execution
  await settle(execution, step, recordId, async () => {
    const attempts = await withLockRetries(runtime, limits, attempt =>
      connection.transaction(async () => {
        for (const statement of step.script.statements)
          await sendStatement(connection, step.script, statement, 'file')
        await leaveRole(connection, step.script)
        await markFinished(connection, historyId, runtime.clock.now())
        await finishStep(connection, recordId, {
          state: 'applied',
          attempts: attempt,
          finishedAt: runtime.clock.now(),
        })
      }),
    )
    return { state: 'applied', attempts }
  })
}

async function runStatement(execution: Execution, step: StatementStep, recordId: string): Promise<void> {
  const { connection, runtime, limits } = execution
  const send = () => sendStatement(connection, step.script, step.statement, 'statement')
  const finish = (attempts: number) =>
    finishStep(connection, recordId, { state: 'applied', attempts, finishedAt: runtime.clock.now() })
  await settle(execution, step, recordId, async () => {
    if (step.alone) {
      const state = await runAlone(execution, step, send)
      await finish(1)
      return { state, attempts: 1 }
    }
    const attempts = await withLockRetries(runtime, limits, attempt =>
      connection.transaction(async () => {
        await send()
        await finish(attempt)
      }),
    )
    return { state: 'applied', attempts }
  })
}

/** Statements that refuse a transaction: afterwards the catalogue, not the record, tells whether they took effect. */
async function runAlone(
  { connection, runtime, limits }: Execution,
  step: StatementStep,
  send: () => Promise<void>,
): Promise<'applied' | 'skipped'> {
  // A concurrent build waits for every older transaction, on any table: a timeout would kill it there and leave an
  // INVALID index (measured on 14 to 18). Its lock blocks no reader and no writer, so waiting harms nobody.
  await connection.guard({ lockTimeoutMs: 0, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  try {
    const { kind } = step.statement
    if (kind.kind === 'index-build') return await buildIndex(connection, runtime.log, step, send)
    if (
      kind.kind === 'index-drop' &&
      step.earlier === 'cut-off' &&
      (await areDropped(connection, kind.indexes))
    )
      return 'skipped'
    await send()
    return 'applied'
  } finally {
    if (!connection.lost) await enterSession(connection, limits)
  }
}

/** Runs a step's body, cancels it on an interrupt, and records how it ended. */
async function settle(
  { connection, runtime, outcomes }: Execution,
  step: Step,
  recordId: string,
  body: () => Promise<{ readonly state: 'applied' | 'skipped'; readonly attempts: number }>,
): Promise<void> {
  const started = runtime.clock.monotonicMs()
  const elapsed = () => Math.round(runtime.clock.monotonicMs() - started)
  try {
    const { state, attempts } = await cancelOnAbort(connection, runtime.signal, body)
    const outcome = outcomeOf(step, state, elapsed(), attempts)
    outcomes.push(outcome)
    runtime.log.debug(
      'step.applied',
      `${outcome.migration}/${outcome.file}:${outcome.line} ${outcome.summary}`,
      { ...outcome },
    )
  } catch (thrown) {
    const error = explainError(thrown)
    const attempts = Number(error.details.attempts ?? 1)
    outcomes.push(outcomeOf(step, 'failed', elapsed(), attempts))
    await attachProblems(error, async () => {
      if (connection.lost) return
      const sqlstate = typeof error.details.sqlstate === 'string' ? error.details.sqlstate : undefined
      await finishStep(connection, recordId, {
        state: 'failed',
        attempts,
        finishedAt: runtime.clock.now(),
        sqlstate,
        error: error.message,
      })
    })
    throw error
  }
}

/**
 * Prisma's history after a failure: the row stays open with the error in `logs`, as Prisma leaves it, so that every tool
 * sees a failure. A lock that could not be had is no failure of the migration: that row is closed as rolled back.
 */
async function recordInHistory(
  { connection, runtime }: Execution,
  migration: PlannedMigration,
  historyId: string,
  error: HowdahError,
): Promise<void> {
  await attachProblems(error, async () => {
    if (connection.lost) return
    await markFailed(connection, historyId, [error.message, error.excerpt].filter(Boolean).join('\n'))
    const untouched = migration.steps[0]?.scope === 'file' && error.code === 'migration-lock-timeout'
    if (untouched) await markRolledBack(connection, migration.name, runtime.clock.now())
  })
}

async function attachProblems(error: HowdahError, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (problem) {
    error.attachCleanup(problem)
  }
}

function record({ connection, runtime }: Execution, step: Step): Promise<string> {
  const { checksum, summary } = step
  return startStep(connection, {
    ...stepKey(step),
    runId: runtime.runId,
    checksum,
    summary,
    startedAt: runtime.clock.now(),
  })
}

function outcomeOf(step: Step, state: StepState, durationMs: number | null, attempts: number): StepOutcome {
  const line = step.scope === 'statement' ? step.statement.line : (step.script.statements[0]?.line ?? 1)
  const { migration, file } = step.script
  return { migration, file, summary: step.summary, line, state, durationMs, attempts }
}
