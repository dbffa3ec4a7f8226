import { withReleases } from '../core/release-stack.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration, plural } from '../core/units.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, type RunOutcome, startRun } from '../ledger/runs.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { logEvent } from './events.ts'
import { type ExecutionOutcome, execute } from './execute.ts'
import type { AllowedGates } from './gates.ts'
import { inspect, type MigrateOptions, openWriter } from './inspect.ts'
import type { MigrationLimits } from './lock-policy.ts'
import { type Plan, planDeploy } from './plan.ts'
import { planRepeatables, type RepeatablePlan } from './repeatable-plan.ts'
import { ensureSchema } from './session.ts'

export interface DeployOptions extends MigrateOptions {
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Gates that are let through, with the reasons that are recorded. */
  readonly allowed?: AllowedGates
  /** Stop after planning. */
  readonly dryRun: boolean
}

export interface DeployOutcome extends ExecutionOutcome {
  readonly plan: Plan
  readonly repeatables: RepeatablePlan
  /** Migrations on disk. */
  readonly total: number
}

/**
 * Applies what is pending: each migration, then its extra SQL, in order.
 * @returns the outcome, a failure included; what is refused before the first statement is thrown
 * @throws HowdahError of connecting, inspecting and planning
 */
export async function deploy(options: DeployOptions): Promise<DeployOutcome> {
  return withReleases(async releases => {
    const connection = await openWriter(options, 'migrate deploy')
    releases.push('closing the connection', () => connection.close())
    if (options.dryRun) {
      return { ...(await inspectAndPlan(connection, options)), steps: [], error: undefined }
    }
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    // Only now: whoever held the lock may have applied everything meanwhile.
    const planned = await inspectAndPlan(connection, options)
    const { plan, repeatables } = planned
    const nothing = plan.migrations.length === 0 && !plan.createsHistory && repeatables.changed.length === 0
    if (nothing) return { ...planned, steps: [], error: undefined }
    return { ...planned, ...(await runRecorded(connection, planned, options)) }
  })
}

async function runRecorded(
  connection: Connection,
  { plan, repeatables }: Planned,
  options: DeployOptions,
): Promise<ExecutionOutcome> {
  const { runtime, limits, runnerVersion } = options
  await ensureSchema(connection)
  await ensureLedger(connection)
  await startRun(connection, {
    id: runtime.runId,
    verb: 'migrate deploy',
    allowed: Object.fromEntries(options.allowed ?? []),
    runnerVersion,
    startedAt: runtime.clock.now(),
  })
  const begun = runtime.clock.monotonicMs()
  logStart(runtime, plan, repeatables)
  const outcome = await execute(connection, plan, repeatables, limits, runtime)
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
  logFinish(runtime, outcome, end, Math.round(runtime.clock.monotonicMs() - begun))
  return outcome
}

function logStart({ log }: Runtime, { migrations }: Plan, { changed }: RepeatablePlan): void {
  logEvent(log, 'run.started', `deploying ${plural(migrations.length, 'migration')}`, {
    verb: 'migrate deploy',
    migrations: migrations.length,
    steps: migrations.reduce((sum, { steps }) => sum + steps.length, 0),
    repeatables: changed.length,
  })
}

function logFinish(
  { log }: Runtime,
  { steps, error }: ExecutionOutcome,
  outcome: RunOutcome,
  durationMs: number,
): void {
  const count = (...states: readonly string[]) => steps.filter(({ state }) => states.includes(state)).length
  logEvent(log, 'run.finished', `deploy ${outcome} after ${formatDuration(durationMs)}`, {
    outcome,
    errorCode: error?.code ?? null,
    durationMs,
    applied: count('applied', 'skipped'),
    failed: count('failed'),
    notRun: count('not-run'),
  })
}

type Planned = Pick<DeployOutcome, 'plan' | 'repeatables' | 'total'>

async function inspectAndPlan(connection: Connection, options: DeployOptions): Promise<Planned> {
  const { folder, runtime, allowed } = options
  const { comparison, history } = await inspect(connection, folder)
  for (const name of comparison.missingOnDisk) {
    logEvent(runtime.log, 'migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema, allowed)
  const repeatables = await planRepeatables(connection, folder.directory)
  return { plan, repeatables, total: comparison.migrations.length }
}
