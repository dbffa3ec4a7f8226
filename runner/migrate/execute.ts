import type { HowdahError } from '../core/errors.ts'
import { step } from '../core/progress.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration, plural } from '../core/units.ts'
import {
  endedRecord,
  finishedRecord,
  forgottenRecords,
  type StepEnd,
  startedRecord,
} from '../ledger/step-records.ts'
import { cancelOnAbort } from '../postgres/cancel.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { failedRow, finishedRow, rolledBackRows, startedRow } from './history-records.ts'
import type { MigrationLimits } from './lock-policy.ts'
import type { Plan, PlannedMigration, Step } from './plan.ts'
import { createHistory } from './prisma-history.ts'
import type { Repeatable, RepeatablePlan } from './repeatable-plan.ts'
import { runRepeatables } from './repeatable-run.ts'
import { runFile, runStatement } from './run-step.ts'
import { freshSession } from './session.ts'
import { recordOf, type StepContext, type StepResult } from './step-context.ts'
import { Watcher } from './watcher.ts'

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
  /** Rows its statement touched; `null` for several statements, or where the server does not say. */
  readonly rows: number | null
}

export interface ExecutionOutcome {
  /** Every planned step, in order. */
  readonly steps: readonly StepOutcome[]
  readonly error: HowdahError | undefined
}

interface Execution extends StepContext {
  readonly outcomes: StepOutcome[]
}

/** Carries a plan out. A failure is a value: the outcome lists what was applied, what failed, and what was not run. */
export async function execute(
  connection: Connection,
  plan: Plan,
  repeatables: RepeatablePlan,
  limits: MigrationLimits,
  runtime: Runtime,
): Promise<ExecutionOutcome> {
  const watcher = new Watcher(connection, runtime.clock, limits.showQueries ?? false)
  const execution: Execution = { connection, runtime, limits, watcher, outcomes: [], show: () => undefined }
  let failure: HowdahError | undefined
  try {
    if (plan.createsHistory) await createHistory(connection)
    for (const migration of plan.migrations) await runMigration(execution, migration)
    if (repeatables.changed.length > 0) await runAllRepeatables(execution, repeatables)
  } catch (error) {
    failure = explainError(error)
  } finally {
    await watcher.close().catch(() => undefined)
  }
  const planned = plan.migrations.flatMap(migration => migration.steps)
  const notRun = planned.slice(execution.outcomes.length).map(step => outcomeOf(step, 'not-run', null))
  const missed = execution.outcomes.some(({ migration }) => migration === 'repeatable')
    ? []
    : repeatables.changed
  const unapplied = missed.map(each => repeatableOutcome(each, 'not-run', null, 0))
  return { steps: [...execution.outcomes, ...notRun, ...unapplied], error: failure }
}

/** After the migrations, whose tables they are about. */
async function runAllRepeatables(execution: Execution, repeatables: RepeatablePlan): Promise<void> {
  const { connection, runtime, outcomes } = execution
  const started = runtime.clock.monotonicMs()
  const elapsed = () => Math.round(runtime.clock.monotonicMs() - started)
  await step(
    runtime.progress,
    'Repeatables',
    async () => {
      try {
        const run = () => runRepeatables(execution, repeatables)
        const { applied, attempts } = await cancelOnAbort(connection, runtime.signal, run)
        outcomes.push(...applied.map(each => repeatableOutcome(each, 'applied', elapsed(), attempts)))
        return applied.length
      } catch (error) {
        outcomes.push(...repeatables.changed.map(each => repeatableOutcome(each, 'failed', elapsed(), 1)))
        throw error
      }
    },
    count => `${plural(count, 'file')} in one transaction`,
  )
}

function repeatableOutcome(
  { name, script }: Repeatable,
  state: StepState,
  durationMs: number | null,
  attempts: number,
): StepOutcome {
  const summary = plural(script.statements.length, 'statement')
  return { migration: 'repeatable', file: name, summary, line: 1, state, durationMs, attempts, rows: null }
}

async function runMigration(shared: Execution, migration: PlannedMigration): Promise<void> {
  const { connection, runtime, limits } = shared
  const progress = runtime.progress.step(migration.name)
  const execution: Execution = { ...shared, show: progress.update }
  const started = runtime.clock.monotonicMs()
  try {
    if (migration.recordsHistory) await runMain(execution, migration)
    else await connection.run(freshSession(connection, limits))
    for (const step of migration.steps) {
      if (step.scope !== 'statement' || step.script.file !== 'extra.sql') continue
      progress.update(step.summary)
      await settle(execution, step, false, () => runStatement(execution, step, false))
    }
  } catch (error) {
    progress.fail()
    throw error
  }
  const durationMs = Math.round(runtime.clock.monotonicMs() - started)
  progress.done(plural(migration.steps.length, 'step'))
  const fields = { migration: migration.name, durationMs }
  runtime.log.debug('migration.applied', `${migration.name} applied in ${formatDuration(durationMs)}`, fields)
}

/** `migration.sql`: its row in Prisma's history, its steps, and the row's end. */
async function runMain(execution: Execution, migration: PlannedMigration): Promise<void> {
  const { connection, runtime, show } = execution
  const steps = migration.steps.filter(step => step.script.file === 'migration.sql')
  const historyId = crypto.randomUUID()
  await open(execution, migration, steps[0], historyId)
  try {
    for (const [index, step] of steps.entries()) {
      show(step.summary)
      const recorded = index === 0
      await settle(execution, step, recorded, () =>
        step.scope === 'file' ? runFile(execution, step, historyId) : runStatement(execution, step, recorded),
      )
    }
    if (steps.some(step => step.scope === 'statement')) {
      await connection.run(finishedRow(connection, historyId, runtime.clock.now()))
    }
  } catch (error) {
    await recordInHistory(execution, migration, historyId, explainError(error))
    throw error
  }
}

/**
 * The row in Prisma's history and our first record of it appear together, in one message: an open row always has a record
 * beside it that tells the next run how far this one came. Nothing waits for the disk here: the transaction that does the
 * work comes later in the log, so that whenever it is durable, this is.
 */
async function open(
  { connection, runtime, limits }: Execution,
  { name, checksum, closesFailedRow }: PlannedMigration,
  first: Step | undefined,
  historyId: string,
): Promise<void> {
  const now = runtime.clock.now()
  await connection.script(
    [
      // A file before may have made read-only the default.
      'BEGIN READ WRITE',
      freshSession(connection, limits),
      'SET LOCAL synchronous_commit = off',
      // Where no open row of ours is continued, whatever was recorded before is no longer in the database.
      closesFailedRow ? rolledBackRows(connection, name, now) : forgottenRecords(name, 'migration.sql'),
      startedRow(connection, { id: historyId, name, checksum, startedAt: now }),
      first ? startedRecord(recordOf(first, runtime.runId), now) : finishedRow(connection, historyId, now),
      'COMMIT',
    ].join(';\n'),
  )
}

/** Runs a step's body, cancels it on an interrupt, and records how it ended. `recorded`: whether its beginning is on record. */
async function settle(
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
    const outcome = outcomeOf(step, result.state, elapsed(), result)
    outcomes.push(outcome)
    runtime.log.debug(
      'step.applied',
      `${outcome.migration}/${outcome.file}:${outcome.line} ${outcome.summary}`,
      { ...outcome },
    )
  } catch (thrown) {
    const error = explainError(thrown)
    outcomes.push(
      outcomeOf(step, 'failed', elapsed(), { attempts: Number(error.details.attempts ?? 1), rows: null }),
    )
    await attachProblems(error, async () => {
      if (connection.lost) return
      const record = recordOf(step, runtime.runId)
      const [end, now] = [failed(error), runtime.clock.now()]
      const begun = recorded || (step.scope === 'statement' && step.alone)
      await connection.run(
        begun ? finishedRecord(record, end, now) : endedRecord(record, startedAt, end, now),
      )
    })
    throw error
  }
}

function failed(error: HowdahError): StepEnd {
  const { sqlstate, attempts, waitedMs, blockers } = error.details
  return {
    state: 'failed',
    attempts: Number(attempts ?? 1),
    lockWaitMs: Number(waitedMs ?? 0),
    blockers: Array.isArray(blockers) ? blockers.map(({ query, ...blocker }) => blocker) : [],
    rows: null,
    sqlstate: typeof sqlstate === 'string' ? sqlstate : undefined,
    error: error.message,
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
    await connection.run(
      failedRow(connection, historyId, [error.message, error.excerpt].filter(Boolean).join('\n')),
    )
    const untouched = migration.steps[0]?.scope === 'file' && error.code === 'migration-lock-timeout'
    if (untouched) await connection.run(rolledBackRows(connection, migration.name, runtime.clock.now()))
  })
}

async function attachProblems(error: HowdahError, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (problem) {
    error.attachCleanup(problem)
  }
}

function outcomeOf(
  step: Step,
  state: StepState,
  durationMs: number | null,
  { attempts, rows }: Pick<StepResult, 'attempts' | 'rows'> = { attempts: 0, rows: null },
): StepOutcome {
  const line = step.scope === 'statement' ? step.statement.line : (step.script.statements[0]?.line ?? 1)
  const { migration, file } = step.script
  return { migration, file, summary: step.summary, line, state, durationMs, attempts, rows }
}
