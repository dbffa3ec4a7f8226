import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { withReleases } from '../core/release-stack.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, startRun } from '../ledger/runs.ts'
import { forgottenRecords } from '../ledger/step-records.ts'
import { isInEffect } from '../ledger/steps.ts'
import type { Connection } from '../postgres/connect.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { ensureSchema } from './execute/session.ts'
import { checksum } from './history/checksum.ts'
import type { ComparedMigration } from './history/compare.ts'
import { rolledBackRows } from './history/history-records.ts'
import { inspect, type MigrateOptions, openWriter } from './history/inspect.ts'
import { createHistory, type History, insertApplied } from './history/prisma-history.ts'
import type { MigrateReport } from './report.ts'

/** What really became of a migration, as a person has found out. */
export interface Resolution {
  readonly migration: string
  readonly as: 'applied' | 'rolled-back'
}

export interface ResolveOptions extends MigrateOptions {
  readonly resolution: Resolution
  readonly runLockBudgetMs: number
  readonly runnerVersion: string
  /** Stop after planning. */
  readonly dryRun: boolean
}

/** Plain data: the rows that `prisma migrate resolve` would write. */
export interface ResolvePlan extends Resolution {
  readonly createsHistory: boolean
  /** Ids of the failed rows that are closed as rolled back. */
  readonly closes: readonly string[]
  /** The checksum of the row that is added, if one is. */
  readonly adds: string | undefined
  /** Whether our ledger has to forget how far the failed attempt came. */
  readonly forgets: boolean
}

/**
 * Prisma's rules (schema-engine, mark_migration_applied and mark_migration_rolled_back).
 * @throws HowdahError migration-unknown, migration-already-applied, migration-never-started, migration-succeeded
 */
function planResolve(
  resolution: Resolution,
  compared: readonly Pick<ComparedMigration, 'files' | 'steps'>[],
  { rows }: History,
  path: string,
): ResolvePlan {
  const { migration } = resolution
  const own = (rows ?? []).filter(row => row.name === migration)
  const finished = own.filter(row => row.finishedAt !== null)
  const closes = own.filter(row => row.finishedAt === null && row.rolledBackAt === null).map(row => row.id)
  const known = compared.find(each => each.files.name === migration)
  if (resolution.as === 'applied') {
    const script = known?.files.script
    if (script === undefined) throw new HowdahError('migration-unknown', { migration, path })
    if (finished.length > 0) throw new HowdahError('migration-already-applied', { migration })
    return {
      ...resolution,
      createsHistory: rows === undefined,
      closes,
      adds: checksum(script),
      forgets: false,
    }
  }
  if (own.length === 0) throw new HowdahError('migration-never-started', { migration })
  if (finished.length === own.length) throw new HowdahError('migration-succeeded', { migration })
  // One that was retried and succeeded keeps its record. Prisma's own `resolve` may have closed the row without telling us.
  const succeeded = finished.some(row => row.rolledBackAt === null)
  const recorded = known?.steps.some(step => step.file === 'migration.sql' && isInEffect(step)) ?? false
  const forgets = !succeeded && (closes.length > 0 || recorded)
  return { ...resolution, createsHistory: false, closes, adds: undefined, forgets }
}

/**
 * Writes into the history what became of a failed migration; runs none of its SQL.
 * @throws HowdahError of connecting, of `planResolve`, run-lock-timeout
 */
export async function resolveMigration(options: ResolveOptions): Promise<ResolvePlan> {
  return withReleases(async releases => {
    const connection = await openWriter(options, 'migrate resolve')
    releases.push('closing the connection', () => connection.close())
    const plan = async () => {
      const { comparison, history } = await inspect(connection, options.folder)
      return planResolve(options.resolution, comparison.migrations, history, options.folder.migrations)
    }
    if (options.dryRun) return plan()
    const unlock = await acquireRunLock(connection, options.runtime, options.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const planned = await plan()
    if (changesAnything(planned)) await carryOut(connection, planned, options)
    return planned
  })
}

const changesAnything = ({ closes, adds, forgets }: ResolvePlan) =>
  closes.length > 0 || adds !== undefined || forgets

async function carryOut(connection: Connection, plan: ResolvePlan, options: ResolveOptions): Promise<void> {
  const { runtime, runnerVersion } = options
  const { migration, adds } = plan
  if (plan.createsHistory) await ensureSchema(connection)
  await ensureLedger(connection)
  await connection.transaction(async () => {
    const now = runtime.clock.now()
    await startRun(connection, { id: runtime.runId, verb: 'migrate resolve', runnerVersion, startedAt: now })
    if (plan.createsHistory) await createHistory(connection)
    await connection.run(rolledBackRows(connection, migration, now))
    if (adds !== undefined) await insertApplied(connection, { name: migration, checksum: adds, at: now })
    // Nothing of it is in the database any more: the next deploy must not take up where the failed run ended.
    if (plan.forgets) await connection.run(forgottenRecords(migration, 'migration.sql'))
    await finishRun(connection, runtime.runId, { outcome: 'done', errorCode: undefined, finishedAt: now })
  })
}

export function reportResolve(plan: ResolvePlan, dryRun: boolean): MigrateReport {
  const { migration, as, closes, adds } = plan
  const data = { ok: true, dryRun, migration, as, closed: closes.length, added: adds !== undefined }
  const done = dryRun ? 'Would mark' : 'Marked'
  const text = changesAnything(plan)
    ? `${done} ${migration} as ${as === 'applied' ? 'applied' : 'rolled back'}; none of its SQL ${dryRun ? 'would be' : 'was'} run.`
    : `Nothing to do: no failed attempt of ${migration} is open.`
  return { data, text, exit: EXIT.done }
}
