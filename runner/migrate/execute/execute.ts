import type { HowdahError } from '../../core/errors.ts'
import { step } from '../../core/progress.ts'
import type { Runtime } from '../../core/runtime.ts'
import { formatDuration, plural } from '../../core/units.ts'
import { forgottenRecords, startedRecord } from '../../ledger/step-records.ts'
import { cancelOnAbort } from '../../postgres/cancel.ts'
import type { Connection } from '../../postgres/connect.ts'
import { explainError } from '../../postgres/explain.ts'
import { logEvent } from '../events.ts'
import { appliedRow, failedRow, finishedRow, rolledBackRows, startedRow } from '../history/history-records.ts'
import { createHistory } from '../history/prisma-history.ts'
import { type MigrationHooks, NO_HOOKS } from '../hooks/hook-runner.ts'
import type { FileStep, Plan, PlannedMigration, StatementStep, Step } from '../plan/plan.ts'
import type { RepeatablePlan } from '../plan/repeatable-plan.ts'
import { effortOf, type MigrationLimits } from './lock-policy.ts'
import { runRepeatables } from './repeatable-run.ts'
import { runBatch, takeBatch } from './run-batch.ts'
import { runFile, runStatement } from './run-step.ts'
import { freshSession, ownRole } from './session.ts'
import { attachProblems, type Execution, settle } from './settle-step.ts'
import { recordOf } from './step-context.ts'
import { failedEffort, outcomeOf, repeatableOutcome, type StepOutcome } from './step-outcome.ts'
import { Watcher } from './watcher.ts'

export interface ExecutionOutcome {
  /** Every planned step, in order. */
  readonly steps: readonly StepOutcome[]
  readonly error: HowdahError | undefined
}

/** Carries a plan out. A failure is a value: the outcome lists what was applied, what failed, and what was not run. */
export async function execute(
  connection: Connection,
  plan: Plan,
  repeatables: RepeatablePlan,
  limits: MigrationLimits,
  runtime: Runtime,
  hooks: MigrationHooks = NO_HOOKS,
): Promise<ExecutionOutcome> {
  const watcher = new Watcher(connection, runtime.clock, limits.showQueries ?? false)
  const { meetsOthers } = plan
  const execution: Execution = {
    connection,
    runtime,
    limits,
    watcher,
    meetsOthers,
    outcomes: [],
    show: () => undefined,
  }
  let failure: HowdahError | undefined
  try {
    await hooks.beforeRun()
    if (plan.createsHistory) await createHistory(connection)
    await runMigrations(execution, plan, hooks)
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
  const unapplied = missed.map(each => repeatableOutcome(each, 'not-run', null))
  return { steps: [...execution.outcomes, ...notRun, ...unapplied], error: failure }
}

/** In order; several at once where nobody else is there to be held up, and nothing stands between them. */
async function runMigrations(
  execution: Execution,
  { migrations, meetsOthers }: Plan,
  hooks: MigrationHooks,
): Promise<void> {
  let together = !meetsOthers && !hooks.hasMigrationHooks
  for (let next = 0; next < migrations.length; ) {
    const batch = together ? takeBatch(migrations, next) : []
    if (batch.length > 1) {
      const applied = await runBatch(execution, batch)
      together = applied === batch.length
      next += applied
      continue
    }
    const migration = migrations[next] as PlannedMigration
    await hooks.aroundMigration(migration.name, () => runMigration(execution, migration))
    next += 1
  }
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
        const { applied, wait } = await cancelOnAbort(connection, runtime.signal, run)
        const effort = { rows: null, ...effortOf(wait) }
        outcomes.push(...applied.map(each => repeatableOutcome(each, 'applied', elapsed(), effort)))
        const fields = { files: applied.length, durationMs: elapsed(), attempts: wait.attempts }
        logEvent(
          runtime.log,
          'repeatables.applied',
          `${plural(applied.length, 'repeatable')} applied`,
          fields,
        )
        return applied.length
      } catch (thrown) {
        const error = explainError(thrown)
        const effort = failedEffort(error)
        outcomes.push(
          ...repeatables.changed.map(each => repeatableOutcome(each, 'failed', elapsed(), effort)),
        )
        throw error
      }
    },
    count => `${plural(count, 'file')} in one transaction`,
  )
}

async function runMigration(shared: Execution, migration: PlannedMigration): Promise<void> {
  const { connection, runtime, limits } = shared
  const progress = runtime.progress.step(migration.name)
  const execution: Execution = { ...shared, show: progress.update }
  const started = runtime.clock.monotonicMs()
  const elapsed = () => Math.round(runtime.clock.monotonicMs() - started)
  const { name } = migration
  const steps = migration.steps.length
  logEvent(runtime.log, 'migration.started', `${name} begins`, { migration: name, steps })
  try {
    if (migration.recordsHistory) await runMain(execution, migration)
    else await connection.run(freshSession(connection, limits).join('; '))
    for (const step of migration.steps) {
      if (step.scope !== 'statement' || step.script.file !== 'extra.sql') continue
      progress.update(step.summary)
      await settle(execution, step, false, () => runStatement(execution, step, false))
    }
    const back = migration.steps.slice(-1).flatMap(({ script }) => ownRole(script))
    if (back.length > 0) await connection.run(back.join('; '))
  } catch (error) {
    progress.fail()
    logFailure(execution, name, elapsed(), explainError(error))
    throw error
  }
  const durationMs = elapsed()
  progress.done(plural(steps, 'step'))
  const fields = { migration: name, durationMs, steps }
  logEvent(runtime.log, 'migration.applied', `${name} applied in ${formatDuration(durationMs)}`, fields)
}

function logFailure(
  { runtime }: Execution,
  migration: string,
  durationMs: number,
  { code, details, message }: HowdahError,
): void {
  const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null)
  logEvent(runtime.log, 'migration.failed', `${migration} failed: ${message}`, {
    migration,
    durationMs,
    code,
    sqlstate: textOrNull(details.sqlstate),
    location: textOrNull(details.location),
  })
}

/** `migration.sql`: its row in Prisma's history and its steps. */
async function runMain(execution: Execution, migration: PlannedMigration): Promise<void> {
  const steps = migration.steps.filter(step => step.script.file === 'migration.sql')
  const [first] = steps
  if (first?.scope === 'file') await runWhole(execution, migration, first)
  else await runSingly(execution, migration, steps as readonly StatementStep[])
}

/**
 * A file in one transaction brings its row along, finished: killed at any moment it has happened, with its row and our
 * record, or it has not. Only a failure leaves an open row, written afterwards, as Prisma leaves one.
 */
async function runWhole(execution: Execution, migration: PlannedMigration, step: FileStep): Promise<void> {
  const { connection, runtime, show } = execution
  const row = {
    id: crypto.randomUUID(),
    name: migration.name,
    checksum: migration.checksum,
    startedAt: runtime.clock.now(),
  }
  show(step.summary)
  try {
    await settle(execution, step, false, () =>
      runFile(execution, step, {
        startedAt: row.startedAt,
        before: beforehand(connection, migration, row.startedAt),
        records: now => [appliedRow(connection, row, now)],
      }),
    )
  } catch (error) {
    await attachProblems(explainError(error), async () => {
      if (connection.lost) return
      await connection.script(
        [...beforehand(connection, migration, row.startedAt), startedRow(connection, row)].join(';\n'),
      )
    })
    await recordInHistory(execution, migration, row.id, explainError(error))
    throw error
  }
}

/** Statement by statement: the row is opened first and finished last. */
async function runSingly(
  execution: Execution,
  migration: PlannedMigration,
  steps: readonly StatementStep[],
): Promise<void> {
  const { connection, runtime, show } = execution
  const historyId = crypto.randomUUID()
  await open(execution, migration, steps[0], historyId)
  if (steps.length === 0) return
  try {
    for (const [index, step] of steps.entries()) {
      show(step.summary)
      await settle(execution, step, index === 0, () => runStatement(execution, step, index === 0))
    }
    const finished = finishedRow(connection, historyId, runtime.clock.now())
    await connection.run([...steps.slice(0, 1).flatMap(({ script }) => ownRole(script)), finished].join('; '))
  } catch (error) {
    await recordInHistory(execution, migration, historyId, explainError(error))
    throw error
  }
}

/** What is said about earlier attempts: an open row is closed; steps that were undone no longer count as applied. */
function beforehand(connection: Connection, migration: PlannedMigration, at: Date): string[] {
  const { name, closesFailedRow, forgetsSteps } = migration
  if (closesFailedRow) return [rolledBackRows(connection, name, at)]
  return forgetsSteps ? [forgottenRecords(name, 'migration.sql'), forgottenRecords(name, 'down.sql')] : []
}

/**
 * The row in Prisma's history and our first record of it appear together, in one message: an open row always has a record
 * beside it that tells the next run how far this one came. Nothing waits for the disk here: the transaction that does the
 * work comes later in the log, so that whenever it is durable, this is.
 */
async function open(
  { connection, runtime, limits }: Execution,
  migration: PlannedMigration,
  first: Step | undefined,
  historyId: string,
): Promise<void> {
  const now = runtime.clock.now()
  await connection.script(
    [
      // A file before may have made read-only the default.
      'BEGIN READ WRITE',
      ...freshSession(connection, limits),
      'SET LOCAL synchronous_commit = off',
      ...beforehand(connection, migration, now),
      startedRow(connection, {
        id: historyId,
        name: migration.name,
        checksum: migration.checksum,
        startedAt: now,
      }),
      first ? startedRecord(recordOf(first, runtime.runId), now) : finishedRow(connection, historyId, now),
      'COMMIT',
    ].join(';\n'),
  )
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
