import type { DatabaseFolder } from '../config/database-folder.ts'
import { HowdahError } from '../core/errors.ts'
import { withReleases } from '../core/release-stack.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Secret } from '../core/secret.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, type RunOutcome, startRun } from '../ledger/runs.ts'
import { readSteps } from '../ledger/steps.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { explainError } from '../postgres/explain.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { readServerFacts, requireDirect, requireSupported } from '../postgres/server-facts.ts'
import { type Comparison, compare } from './compare.ts'
import { type ExecutionOutcome, execute } from './execute.ts'
import { readMigrationFiles } from './migration-files.ts'
import { type Plan, planDeploy } from './plan.ts'
import { type History, readHistory } from './prisma-history.ts'
import type { MigrationLimits } from './send-statement.ts'
import { ensureSchema } from './session.ts'

export type { Comparison } from './compare.ts'
export type { ExecutionOutcome, StepOutcome } from './execute.ts'
export type { Plan } from './plan.ts'
export type { MigrationLimits } from './send-statement.ts'

export interface MigrateOptions {
  readonly folder: DatabaseFolder
  /** The server's own address, not a pooler's. */
  readonly url: Secret
  /** The setting the URL came from. */
  readonly setting: string
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
}

export interface DeployOptions extends MigrateOptions {
  readonly limits: MigrationLimits
  readonly runnerVersion: string
  /** Stop after planning. */
  readonly dryRun: boolean
}

export interface DeployOutcome extends ExecutionOutcome {
  readonly plan: Plan
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
    const connection = await open(options, 'howdah/migrate deploy')
    releases.push('closing the connection', () => connection.close())
    await requirePrimary(connection)
    await requireDirect(connection)
    if (options.dryRun) {
      const { plan, total } = await inspectAndPlan(connection, options)
      return { plan, total, steps: [], error: undefined }
    }
    const unlock = await acquireRunLock(connection, options.runtime, options.limits.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    // Only now: whoever held the lock may have applied everything meanwhile.
    const { plan, total } = await inspectAndPlan(connection, options)
    if (plan.migrations.length === 0 && !plan.createsHistory)
      return { plan, total, steps: [], error: undefined }
    const outcome = await runRecorded(connection, plan, options)
    return { plan, total, ...outcome }
  })
}

async function runRecorded(
  connection: Connection,
  plan: Plan,
  options: DeployOptions,
): Promise<ExecutionOutcome> {
  const { runtime, limits, runnerVersion } = options
  await ensureSchema(connection)
  await ensureLedger(connection)
  await startRun(connection, {
    id: runtime.runId,
    verb: 'migrate deploy',
    runnerVersion,
    startedAt: runtime.clock.now(),
  })
  const outcome = await execute(connection, plan, limits, runtime)
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
  return outcome
}

async function inspectAndPlan(
  connection: Connection,
  options: MigrateOptions,
): Promise<{ plan: Plan; total: number }> {
  const { comparison, history } = await inspect(connection, options.folder)
  for (const name of comparison.missingOnDisk) {
    options.runtime.log.warn('migration.missing', `${name} is applied but not on disk`, { migration: name })
  }
  const plan = await planDeploy(comparison, history, connection.target.schema)
  return { plan, total: comparison.migrations.length }
}

async function inspect(
  connection: Connection,
  folder: DatabaseFolder,
): Promise<{ comparison: Comparison; history: History }> {
  const files = await readMigrationFiles(folder.migrations)
  const history = await readHistory(connection)
  const steps = await readSteps(connection)
  return { comparison: compare(files, history, steps), history }
}

async function open(
  { url, setting, connectTimeoutMs }: MigrateOptions,
  applicationName: string,
): Promise<Connection> {
  const connection = await connect({ url, setting, applicationName, connectTimeoutMs })
  try {
    requireSupported(await readServerFacts(connection))
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function requirePrimary(connection: Connection): Promise<void> {
  const { host, port } = connection.target
  if ((await readServerFacts(connection)).inRecovery)
    throw new HowdahError('server-read-only', { host, port })
}

export interface StatusOutcome {
  readonly comparison: Comparison
  /** Steps of extra SQL that have not taken effect, by migration. */
  readonly pendingExtra: ReadonlyMap<string, number>
  /** Why deploy would refuse, if it would. */
  readonly refusal: HowdahError | undefined
}

/** Compares disk and database. Changes nothing, takes no lock, works on a replica. */
export async function status(options: MigrateOptions): Promise<StatusOutcome> {
  await using connection = await open(options, 'howdah/migrate status')
  const { comparison, history } = await inspect(connection, options.folder)
  try {
    const plan = await planDeploy(comparison, history, connection.target.schema)
    const extra = plan.migrations.map(migration => {
      const steps = migration.steps.filter(step => step.script.file === 'extra.sql')
      return [migration.name, steps.length] as const
    })
    return { comparison, pendingExtra: new Map(extra), refusal: undefined }
  } catch (error) {
    if (!(error instanceof HowdahError)) throw error
    return { comparison, pendingExtra: new Map(), refusal: error }
  }
}

export interface MigrationCounts {
  readonly applied: number
  readonly pending: number
  /** Failed or cut off, whether or not deploy can go on by itself. */
  readonly failed: number
}

/** Counts for monitoring. Uses the caller's connection and reads two small tables. */
export async function countMigrations(
  connection: Connection,
  folder: DatabaseFolder,
): Promise<MigrationCounts> {
  const { comparison } = await inspect(connection, folder)
  const count = (...states: readonly string[]) =>
    comparison.migrations.filter(({ state }) => states.includes(state)).length
  return {
    applied: count('applied', 'edited'),
    pending: count('pending'),
    failed: count('failed', 'recoverable'),
  }
}
