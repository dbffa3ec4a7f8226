import type { HowdahError } from '../core/errors.ts'
import { withReleases } from '../core/release-stack.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { startRun } from '../ledger/runs.ts'
import type { PoolerOutcome } from '../pooler/pooler.ts'
import type { Connection } from '../postgres/connect.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { type ExecutionOutcome, execute } from './execute/execute.ts'
import { finishRecorded, logStart } from './execute/finish-recorded.ts'
import type { MigrationLimits } from './execute/lock-policy.ts'
import { schemaChanged } from './execute/schema-changed.ts'
import { ensureSchema } from './execute/session.ts'
import { type PoolerOptions, Poolers, type PoolersTold, requirePoolerUrls } from './execute/tell-poolers.ts'
import { noteExpectation } from './gates/drift-gate.ts'
import { openWriter } from './history/inspect.ts'
import type { HookOutcome } from './hooks/hook-outcome.ts'
import { HookRunner } from './hooks/hook-runner.ts'
import { isNothing, type PlannedRun, type PlanOptions, planRun } from './plan/plan-run.ts'

export interface DeployOptions extends PlanOptions {
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Poolers to tell when the schema changed; absent: none. */
  readonly poolers?: PoolerOptions
}

export interface DeployOutcome extends PlannedRun, ExecutionOutcome {
  /** What became of the hooks, each at each of its places. */
  readonly hooks: readonly HookOutcome[]
  /** The poolers that had to be told, in this run or still from an earlier one. */
  readonly poolers: readonly PoolerOutcome[]
}

/**
 * Applies what is pending: each migration, then its extra SQL, in order.
 * @returns the outcome, a failure included; what is refused before the first statement is thrown
 * @throws HowdahError of connecting, inspecting and planning
 */
export async function deploy(options: DeployOptions): Promise<DeployOutcome> {
  return withReleases(async releases => {
    requirePoolerUrls(options.poolers ?? {})
    const connection = await openWriter(options, 'migrate deploy')
    releases.push('closing the connection', () => connection.close())
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const poolers = new Poolers(connection, options.poolers, options.runtime)
    // First of all, and whatever comes of the plan: clients may be failing since a run that was cut off.
    const healed = await poolers.heal()
    // Only now: whoever held the lock may have applied everything meanwhile.
    const planned = await planRun(connection, options)
    if (isNothing(planned)) return { ...planned, steps: [], hooks: [], ...healed }
    return { ...planned, ...(await runRecorded(connection, planned, options, poolers, healed)) }
  })
}

async function runRecorded(
  connection: Connection,
  { plan, repeatables, plannedHooks, comparison }: PlannedRun,
  options: DeployOptions,
  poolers: Poolers,
  healed: PoolersTold,
): Promise<Omit<DeployOutcome, keyof PlannedRun>> {
  const { folder, runtime, limits, runnerVersion } = options
  await ensureSchema(connection)
  await ensureLedger(connection)
  const startedAt = runtime.clock.now()
  await startRun(connection, {
    id: runtime.runId,
    verb: 'migrate deploy',
    allowed: Object.fromEntries(options.allowed ?? []),
    runnerVersion,
    startedAt,
    poolersDue: poolers.configured,
  })
  const begunMs = runtime.clock.monotonicMs()
  logStart(runtime, 'migrate deploy', plan.migrations, repeatables.changed.length)
  const hooks = new HookRunner(plannedHooks, options.hooks, {
    connection,
    runtime,
    limits,
    database: folder.name,
    migrations: plan.migrations.map(({ name }) => name),
  })
  const outcome = await execute(connection, plan, repeatables, limits, runtime, hooks)
  const tell = () =>
    poolers.settle(healed.error !== undefined || hooks.changedSchema || schemaChanged(plan, outcome))
  // Before the hooks at the end, which may look through a pooler at what was made, unless they change the schema as well.
  const early = hooks.endChangesSchema ? undefined : await tell()
  const afterRun = await hooks.afterRun(outcome.error ?? early?.error)
  const told = early ?? (await tell())
  const error = together(outcome.error, told.error, afterRun)
  await finishRecorded(connection, runtime, { steps: outcome.steps, error }, begunMs, async at => {
    if (outcome.error === undefined)
      await noteExpectation(connection, folder, comparison, { id: runtime.runId, at })
  })
  const lastTold = told.poolers.length > 0 ? told.poolers : healed.poolers
  return { steps: outcome.steps, hooks: hooks.outcomes, poolers: lastTold, error }
}

/** The first error, with the others attached to it. */
function together(...errors: readonly (HowdahError | undefined)[]): HowdahError | undefined {
  const [first, ...others] = errors.filter(each => each !== undefined)
  for (const other of others) first?.attachCleanup(other)
  return first
}
