import { HowdahError } from '../../core/errors.ts'
import { withReleases } from '../../core/release-stack.ts'
import { ensureLedger } from '../../ledger/ledger-schema.ts'
import { startRun } from '../../ledger/runs.ts'
import type { PoolerOutcome } from '../../pooler/pooler.ts'
import type { Connection } from '../../postgres/connect.ts'
import { acquireRunLock } from '../../postgres/run-lock.ts'
import type { ExecutionOutcome } from '../execute/execute.ts'
import { finishRecorded, logStart } from '../execute/finish-recorded.ts'
import type { MigrationLimits } from '../execute/lock-policy.ts'
import { type PoolerOptions, Poolers, type PoolersTold, requirePoolerUrls } from '../execute/tell-poolers.ts'
import type { Comparison } from '../history/compare.ts'
import { inspect, type MigrateOptions, openWriter } from '../history/inspect.ts'
import { planRepeatables } from '../plan/repeatable-plan.ts'
import { chooseMigrations } from './choose.ts'
import { type CountedLoss, countLosses } from './count-losses.ts'
import { type DescribedRollback, describeRollback, type PreparedRollback } from './describe.ts'
import { executeRollback } from './execute.ts'
import { planRollback, type RollbackPlan } from './plan-rollback.ts'
import { requireProof } from './proof.ts'
import { lossData, lossLine } from './report-losses.ts'

export interface RollbackOptions extends MigrateOptions {
  /** The migration that is to stay the newest applied one; `none` or `0`: none is. */
  readonly to: string
  readonly acceptDataLoss: boolean
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Poolers to tell when the schema changed; absent: none. */
  readonly poolers?: PoolerOptions
}

export interface RollbackOutcome extends PreparedRollback, ExecutionOutcome {
  /** The poolers that had to be told, in this run or still from an earlier one. */
  readonly poolers: readonly PoolerOutcome[]
}

/**
 * Undoes every applied migration newer than a given one, newest first, each by its `down.sql`.
 * @returns the outcome, a failure included; what is refused before the first statement is thrown
 * @throws HowdahError of connecting, inspecting and planning; rollback-loses-data, rollback-unproved
 */
export async function rollback(options: RollbackOptions): Promise<RollbackOutcome> {
  return withReleases(async releases => {
    requirePoolerUrls(options.poolers ?? {})
    const connection = await openWriter(options, 'migrate rollback')
    releases.push('closing the connection', () => connection.close())
    const early = await prepare(connection, options)
    if (early.plan.migrations.length === 0) return { ...early, steps: [], poolers: [], error: undefined }
    refuseLosses(early, options)
    // Before the lock: a shadow takes seconds, and nobody has to wait for it.
    const proof = await requireProof(options, connection, early.comparison, early.plan)
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const poolers = new Poolers(connection, options.poolers, options.runtime)
    const healed = await poolers.heal()
    // Whoever held the lock may have applied or undone something meanwhile.
    const { plan, losses, comparison } = await prepare(connection, options)
    if (plan.migrations.length === 0) return { plan, losses, proof, steps: [], ...healed }
    refuseLosses({ plan, losses }, options)
    const isProved = sameMigrations(plan, early.plan)
    const again = isProved ? proof : await requireProof(options, connection, comparison, plan)
    return { plan, losses, proof: again, ...(await runRecorded(connection, plan, options, poolers, healed)) }
  })
}

/**
 * What `rollback` would do, with the locks it would take. Changes nothing.
 * @throws HowdahError all that `rollback` refuses, but data loss, which the plan tells
 */
export async function planTheRollback(options: RollbackOptions): Promise<DescribedRollback> {
  return withReleases(async releases => {
    const connection = await openWriter(options, 'migrate rollback')
    releases.push('closing the connection', () => connection.close())
    const { plan, losses, comparison } = await prepare(connection, options)
    const nothing = plan.migrations.length === 0
    const proof = nothing ? undefined : await requireProof(options, connection, comparison, plan)
    return describeRollback(connection, { plan, losses, proof })
  })
}

type Prepared = Omit<PreparedRollback, 'proof'> & {
  readonly proof: undefined
  readonly comparison: Comparison
}

async function prepare(connection: Connection, { folder, to }: RollbackOptions): Promise<Prepared> {
  const { comparison } = await inspect(connection, folder)
  const chosen = chooseMigrations(comparison, to)
  const { all } = await planRepeatables(connection, folder.directory)
  const plan = await planRollback(to, chosen, all)
  const losses = new Map<string, readonly CountedLoss[]>()
  for (const each of plan.migrations) losses.set(each.name, await countLosses(connection, each.losses))
  return { plan, losses, proof: undefined, comparison }
}

function refuseLosses(
  { plan, losses }: Pick<PreparedRollback, 'plan' | 'losses'>,
  { acceptDataLoss }: RollbackOptions,
): void {
  const migrations = plan.migrations.filter(({ grade }) => grade === 'lossy').map(({ name }) => name)
  if (migrations.length === 0 || acceptDataLoss) return
  const lines = migrations.flatMap(name => [
    name,
    ...(losses.get(name) ?? []).map(each => `  ${lossLine(each)}`),
  ])
  const details = {
    losses: Object.fromEntries(migrations.map(name => [name, (losses.get(name) ?? []).map(lossData)])),
  }
  throw new HowdahError('rollback-loses-data', { migrations }, { excerpt: lines.join('\n'), details })
}

/** Whether the same migrations are to be undone, by the same files. */
function sameMigrations(one: RollbackPlan, other: RollbackPlan): boolean {
  const digests = ({ migrations }: RollbackPlan) => migrations.map(({ digest }) => digest).join()
  return digests(one) === digests(other)
}

async function runRecorded(
  connection: Connection,
  plan: RollbackPlan,
  { runtime, limits, runnerVersion, acceptDataLoss, to }: RollbackOptions,
  poolers: Poolers,
  healed: PoolersTold,
): Promise<Pick<RollbackOutcome, 'steps' | 'error' | 'poolers'>> {
  await ensureLedger(connection)
  await startRun(connection, {
    id: runtime.runId,
    verb: 'migrate rollback',
    allowed: acceptDataLoss ? { 'data-loss': `accepted for a rollback to ${to}` } : {},
    runnerVersion,
    startedAt: runtime.clock.now(),
    poolersDue: poolers.configured,
  })
  const begunMs = runtime.clock.monotonicMs()
  logStart(runtime, 'migrate rollback', plan.migrations, 0)
  const outcome = await executeRollback(connection, plan, limits, runtime)
  const { poolers: told, error: untold } = await poolers.settle(
    healed.error !== undefined ||
      outcome.steps.some(({ state }) => state === 'applied' || state === 'skipped'),
  )
  if (outcome.error && untold) outcome.error.attachCleanup(untold)
  const ended = { steps: outcome.steps, error: outcome.error ?? untold }
  await finishRecorded(connection, runtime, ended, begunMs)
  return { ...ended, poolers: told.length > 0 ? told : healed.poolers }
}
