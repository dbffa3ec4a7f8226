import { withReleases } from '../core/release-stack.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration, plural } from '../core/units.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, type RunOutcome, startRun } from '../ledger/runs.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import type { Comparison } from './compare.ts'
import type { DiskCheck } from './disk-gate.ts'
import { type DriftCheck, noteExpectation } from './drift-gate.ts'
import { logEvent } from './events.ts'
import { type ExecutionOutcome, execute } from './execute.ts'
import type { AllowedGates } from './gates.ts'
import { inspect, type MigrateOptions, openWriter } from './inspect.ts'
import { requireOpenLiveGates } from './live-gates.ts'
import type { MigrationLimits } from './lock-policy.ts'
import { type Plan, planDeploy } from './plan.ts'
import { planRepeatables, type RepeatablePlan } from './repeatable-plan.ts'
import { ensureSchema } from './session.ts'

export interface DeployOptions extends MigrateOptions {
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Gates that are let through, with the reasons that are recorded. */
  readonly allowed?: AllowedGates
  /** Bytes free on the server's disk, where it cannot be asked. */
  readonly freeDiskBytes?: number | undefined
}

export interface DeployOutcome extends ExecutionOutcome {
  readonly plan: Plan
  readonly repeatables: RepeatablePlan
  /** Whether the schema was found as the last run left it; `undefined`: not looked at, since there is nothing to do or the gate was let through. */
  readonly drift: DriftCheck | undefined
  /** Whether there is room for it; `undefined` as with `drift`. */
  readonly disk: DiskCheck | undefined
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
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    // Only now: whoever held the lock may have applied everything meanwhile.
    const planned = await inspectAndPlan(connection, options)
    const { plan, repeatables } = planned
    if (!hasWork(plan, repeatables)) return { ...planned, steps: [], error: undefined }
    return { ...planned, ...(await runRecorded(connection, planned, options)) }
  })
}

async function runRecorded(
  connection: Connection,
  { plan, repeatables, comparison }: Planned,
  options: DeployOptions,
): Promise<ExecutionOutcome> {
  const { folder, runtime, limits, runnerVersion } = options
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
      const at = runtime.clock.now()
      if (end === 'done') await noteExpectation(connection, folder, comparison, { id: runtime.runId, at })
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

/** A plan, and what it was made from. */
export interface Planned extends Pick<DeployOutcome, 'plan' | 'repeatables' | 'drift' | 'disk' | 'total'> {
  readonly comparison: Comparison
}

const hasWork = (plan: Plan, repeatables: RepeatablePlan) =>
  plan.migrations.length > 0 || plan.createsHistory || repeatables.changed.length > 0

/**
 * What a deploy would do now. Changes nothing.
 * @throws HowdahError all that is refused before the first statement
 */
export async function inspectAndPlan(connection: Connection, options: DeployOptions): Promise<Planned> {
  const { folder, runtime, allowed } = options
  const { comparison, history } = await inspect(connection, folder)
  for (const name of comparison.missingOnDisk) {
    logEvent(runtime.log, 'migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema, allowed)
  const repeatables = await planRepeatables(connection, folder.directory)
  const work = { plan, repeatables, comparison }
  const live = hasWork(plan, repeatables) ? await requireOpenLiveGates(connection, work, options) : {}
  return {
    plan,
    repeatables,
    drift: live.drift,
    disk: live.disk,
    comparison,
    total: comparison.migrations.length,
  }
}
