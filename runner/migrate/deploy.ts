import { withReleases } from '../core/release-stack.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { startRun } from '../ledger/runs.ts'
import type { Connection } from '../postgres/connect.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { type ExecutionOutcome, execute } from './execute.ts'
import { finishRecorded } from './finish-recorded.ts'
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
  return finishRecorded(connection, runtime, await execute(connection, plan, repeatables, limits, runtime))
}

type Planned = Pick<DeployOutcome, 'plan' | 'repeatables' | 'total'>

async function inspectAndPlan(connection: Connection, options: DeployOptions): Promise<Planned> {
  const { folder, runtime, allowed } = options
  const { comparison, history } = await inspect(connection, folder)
  for (const name of comparison.missingOnDisk) {
    runtime.log.warn('migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema, allowed)
  const repeatables = await planRepeatables(connection, folder.directory)
  return { plan, repeatables, total: comparison.migrations.length }
}
