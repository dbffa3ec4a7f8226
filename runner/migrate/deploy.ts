import type { HowdahError } from '../core/errors.ts'
import { withReleases } from '../core/release-stack.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, type RunOutcome, startRun } from '../ledger/runs.ts'
import type { Connection } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import type { PoolerOutcome } from '../postgres/pooler-admin.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { type ExecutionOutcome, execute } from './execute.ts'
import type { AllowedGates } from './gates.ts'
import type { HookOutcome } from './hooks/hook-outcome.ts'
import { type Hook, planHooks } from './hooks/hook-plan.ts'
import { type HookOptions, HookRunner } from './hooks/hook-runner.ts'
import { inspect, type MigrateOptions, openWriter } from './inspect.ts'
import type { MigrationLimits } from './lock-policy.ts'
import { type Plan, planDeploy } from './plan.ts'
import { planRepeatables, type RepeatablePlan } from './repeatable-plan.ts'
import { schemaChanged } from './schema-changed.ts'
import { ensureSchema } from './session.ts'
import { type PoolerOptions, Poolers, type PoolersTold, requirePoolerUrls } from './tell-poolers.ts'

export interface DeployOptions extends MigrateOptions {
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Gates that are let through, with the reasons that are recorded. */
  readonly allowed?: AllowedGates
  /** How the hooks beside the migrations run; absent: they do not, as on a shadow. */
  readonly hooks?: HookOptions
  /** Poolers to tell when the schema changed; absent: none. */
  readonly poolers?: PoolerOptions
  /** Stop after planning. */
  readonly dryRun: boolean
}

export interface DeployOutcome extends ExecutionOutcome {
  readonly plan: Plan
  readonly repeatables: RepeatablePlan
  /** The hooks there are; none where there is nothing to do. */
  readonly plannedHooks: readonly Hook[]
  /** Migrations on disk. */
  readonly total: number
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
    if (options.dryRun) {
      return { ...(await inspectAndPlan(connection, options)), ...NOTHING_DONE }
    }
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const poolers = new Poolers(connection, options.poolers, options.runtime)
    // First of all, and whatever comes of the plan: clients may be failing since a run that was cut off.
    const healed = await poolers.heal()
    // Only now: whoever held the lock may have applied everything meanwhile.
    const planned = await inspectAndPlan(connection, options)
    if (isNothing(planned)) return { ...planned, ...NOTHING_DONE, ...healed }
    return { ...planned, ...(await runRecorded(connection, planned, options, poolers, healed)) }
  })
}

const NOTHING_DONE = { steps: [], hooks: [], poolers: [], error: undefined } as const

function isNothing({ plan, repeatables }: Pick<Planned, 'plan' | 'repeatables'>): boolean {
  return plan.migrations.length === 0 && !plan.createsHistory && repeatables.changed.length === 0
}

async function runRecorded(
  connection: Connection,
  { plan, repeatables, plannedHooks }: Planned,
  options: DeployOptions,
  poolers: Poolers,
  healed: PoolersTold,
): Promise<Carried> {
  const { runtime, limits, runnerVersion } = options
  await ensureSchema(connection)
  await ensureLedger(connection)
  await startRun(connection, {
    id: runtime.runId,
    verb: 'migrate deploy',
    allowed: Object.fromEntries(options.allowed ?? []),
    runnerVersion,
    startedAt: runtime.clock.now(),
    poolersDue: poolers.configured,
  })
  const hooks = new HookRunner(plannedHooks, options.hooks, {
    connection,
    runtime,
    limits,
    database: options.folder.name,
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
  const end: RunOutcome =
    error === undefined ? 'done' : error.code === 'interrupted' ? 'interrupted' : 'failed'
  try {
    if (!connection.lost) {
      await finishRun(connection, runtime.runId, {
        outcome: end,
        errorCode: error?.code,
        finishedAt: runtime.clock.now(),
      })
    }
  } catch (problem) {
    if (!error) throw problem
    error.attachCleanup(explainError(problem))
  }
  const lastTold = told.poolers.length > 0 ? told.poolers : healed.poolers
  return { steps: outcome.steps, hooks: hooks.outcomes, poolers: lastTold, error }
}

/** The first error, with the others attached to it. */
function together(...errors: readonly (HowdahError | undefined)[]): HowdahError | undefined {
  const [first, ...others] = errors.filter(each => each !== undefined)
  for (const other of others) first?.attachCleanup(other)
  return first
}

type Planned = Pick<DeployOutcome, 'plan' | 'repeatables' | 'plannedHooks' | 'total'>
type Carried = Omit<DeployOutcome, keyof Planned>

async function inspectAndPlan(connection: Connection, options: DeployOptions): Promise<Planned> {
  const { folder, runtime, allowed } = options
  const { comparison, history } = await inspect(connection, folder)
  for (const name of comparison.missingOnDisk) {
    runtime.log.warn('migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema, allowed)
  const repeatables = await planRepeatables(connection, folder.directory)
  const wanted = options.hooks !== undefined && !isNothing({ plan, repeatables })
  const plannedHooks = wanted ? await planHooks(folder.directory) : []
  return { plan, repeatables, plannedHooks, total: comparison.migrations.length }
}
