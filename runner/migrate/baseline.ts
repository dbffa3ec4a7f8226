import { HowdahError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { withReleases } from '../core/release-stack.ts'
import { plural } from '../core/units.ts'
import { ensureLedger } from '../ledger/ledger-schema.ts'
import { finishRun, startRun } from '../ledger/runs.ts'
import { endedRecord } from '../ledger/step-records.ts'
import type { Connection } from '../postgres/connect.ts'
import { acquireRunLock } from '../postgres/run-lock.ts'
import { summarize } from '../sql/parse.ts'
import { checksum } from './history/checksum.ts'
import { inspect, type MigrateOptions, openWriter } from './history/inspect.ts'
import type { MigrationFiles } from './history/migration-files.ts'
import { createHistory, type History, insertApplied } from './history/prisma-history.ts'
import { readScript, type Script } from './plan/script.ts'
import type { MigrateReport } from './report.ts'

export interface BaselineOptions extends MigrateOptions {
  /** The last migration whose effects are in the database; all of them when absent. */
  readonly to: string | undefined
  /** Their extra SQL is in the database as well. */
  readonly withExtraSql: boolean
  readonly runLockBudgetMs: number
  readonly runnerVersion: string
  /** Stop after planning. */
  readonly dryRun: boolean
}

export interface BaselinePlan {
  readonly createsHistory: boolean
  readonly migrations: readonly { readonly name: string; readonly checksum: string }[]
  /** Extra SQL that is recorded as being in effect. */
  readonly extra: readonly Script[]
  /** Migrations whose extra SQL the next deploy runs. */
  readonly extraLeft: readonly string[]
}

/**
 * Decides which migrations are marked. Changes nothing.
 * @throws HowdahError baseline-refused, migration-unknown, migration-file-missing, migration-sql-invalid
 */
async function planBaseline(
  files: readonly MigrationFiles[],
  history: History,
  options: Pick<BaselineOptions, 'to' | 'withExtraSql' | 'folder'>,
  database: string,
): Promise<BaselinePlan> {
  refuseUnsuitable(history, database)
  const { to, withExtraSql } = options
  const last = to === undefined ? files.length - 1 : files.findIndex(each => each.name === to)
  if (to !== undefined && last < 0)
    throw new HowdahError('migration-unknown', { migration: to, path: options.folder.migrations })
  const chosen = files.slice(0, last + 1)
  const migrations = chosen.map(({ name, script }) => {
    if (script === undefined) throw new HowdahError('migration-file-missing', { migration: name })
    return { name, checksum: checksum(script) }
  })
  const withExtra = chosen.filter(({ extra }) => extra.trim() !== '')
  const extra = withExtraSql
    ? await Promise.all(withExtra.map(each => readScript(each.name, 'extra.sql', each.extra)))
    : []
  return {
    createsHistory: history.rows === undefined,
    migrations,
    extra,
    extraLeft: withExtraSql ? [] : withExtra.map(each => each.name),
  }
}

function refuseUnsuitable({ rows, otherTables }: History, database: string): void {
  const refuse = (reason: string, instead: string) =>
    new HowdahError('baseline-refused', { database, reason, instead })
  if (rows && rows.length > 0)
    throw refuse(
      'it has a migration history',
      'Run `howdah migrate status`; `howdah migrate resolve` corrects single migrations.',
    )
  if (otherTables === 0)
    throw refuse('it has no tables', 'There is nothing to baseline: run `howdah migrate deploy`.')
}

/**
 * Marks migrations as applied on a database that was made without them; runs no SQL of theirs. All rows or none.
 * @throws HowdahError of connecting, of `planBaseline`, run-lock-timeout
 */
export async function baseline(options: BaselineOptions): Promise<BaselinePlan> {
  return withReleases(async releases => {
    const connection = await openWriter(options, 'migrate baseline')
    releases.push('closing the connection', () => connection.close())
    const plan = async () => {
      const { comparison, history } = await inspect(connection, options.folder)
      const files = comparison.migrations.map(each => each.files)
      return planBaseline(files, history, options, connection.target.database)
    }
    if (options.dryRun) return plan()
    const unlock = await acquireRunLock(connection, options.runtime, options.runLockBudgetMs)
    releases.push('releasing the run lock', unlock)
    const planned = await plan()
    if (planned.migrations.length > 0) await carryOut(connection, planned, options)
    return planned
  })
}

async function carryOut(connection: Connection, plan: BaselinePlan, options: BaselineOptions): Promise<void> {
  const { runtime, runnerVersion } = options
  const runId = runtime.runId
  await ensureLedger(connection)
  await connection.transaction(async () => {
    const now = runtime.clock.now()
    await startRun(connection, { id: runId, verb: 'migrate baseline', runnerVersion, startedAt: now })
    if (plan.createsHistory) await createHistory(connection)
    for (const [index, migration] of plan.migrations.entries()) {
      // Every tool sorts the history by time alone: a millisecond apart keeps the rows in order.
      const at = new Date(now.getTime() - (plan.migrations.length - 1 - index))
      await insertApplied(connection, { ...migration, at })
    }
    for (const script of plan.extra) await recordExtra(connection, script, runId, now)
    await finishRun(connection, runId, { outcome: 'done', errorCode: undefined, finishedAt: now })
  })
}

async function recordExtra(connection: Connection, script: Script, runId: string, now: Date): Promise<void> {
  const end = { state: 'applied', attempts: 0, lockWaitMs: 0, blockers: [], rows: null } as const
  const { migration, file } = script
  for (const [ordinal, statement] of script.statements.entries()) {
    const sum = checksum(statement.text)
    const summary = summarize(statement)
    const step = { runId, migration, file, scope: 'statement', ordinal, checksum: sum, summary } as const
    await connection.run(endedRecord(step, now, end, now))
  }
}

export function reportBaseline(plan: BaselinePlan, dryRun: boolean): MigrateReport {
  const marked = plan.migrations.map(({ name }) => name)
  const extraStatements = plan.extra.reduce((sum, script) => sum + script.statements.length, 0)
  const data = { ok: true, dryRun, marked, extraStatements, extraLeft: plan.extraLeft }
  const lines = marked.map(name => `${dryRun ? '…' : '✔'} ${name}`)
  lines.push(`${dryRun ? 'Would mark' : 'Marked'} ${plural(marked.length, 'migration')} as applied.`)
  if (extraStatements > 0) lines.push(`Recorded as in effect: ${plural(extraStatements, 'extra statement')}.`)
  if (plan.extraLeft.length > 0)
    lines.push(`The next deploy runs the extra.sql of ${plan.extraLeft.join(', ')}.`)
  return { data, text: lines.join('\n'), exit: EXIT.done }
}
