import { HowdahError } from '../../core/errors.ts'
import { isInEffect, type StepFile, type StepRow } from '../../ledger/steps.ts'
import { summarize } from '../../sql/parse.ts'
import { type AllowedGates, type ClosedGate, historyGates, requireOpen } from '../gates/gates.ts'
import { checksum } from '../history/checksum.ts'
import { beforeMigration, type ComparedMigration, type Comparison, isApplied } from '../history/compare.ts'
import type { History } from '../history/prisma-history.ts'
import {
  type ClassifiedStatement,
  fitsOneTransaction,
  isAlone,
  locate,
  mayCommit,
  readScript,
  type Script,
} from './script.ts'

/** What is sent to the server as one unit, and recorded as one. */
export type Step = FileStep | StatementStep

/** All statements of `migration.sql` or `down.sql` in one transaction: all of it takes effect, or nothing. */
export interface FileStep {
  readonly scope: 'file'
  readonly script: Script
  readonly ordinal: 0
  readonly checksum: string
  readonly summary: string
}

/** One statement: in a transaction of its own together with its record, or `alone` where Postgres or the file insists. */
export interface StatementStep {
  readonly scope: 'statement'
  readonly script: Script
  readonly ordinal: number
  readonly checksum: string
  readonly summary: string
  readonly statement: ClassifiedStatement
  readonly alone: boolean
  /** How an earlier attempt at this very text ended; `cut-off`: the run was killed before it could tell. */
  readonly earlier: 'none' | 'cut-off' | 'failed'
  /** SHA-256 of the whole `extra.sql`, of the last step that is left of it. */
  readonly completes?: string
}

export interface PlannedMigration {
  readonly name: string
  readonly checksum: string
  /** Whether Prisma's history gets a row; otherwise only extra SQL is outstanding. */
  readonly recordsHistory: boolean
  /** Steps on record that are no longer in the database: somebody undid them and told Prisma alone. */
  readonly forgetsSteps: boolean
  /** A row of an attempt that failed has to be closed first. */
  readonly closesFailedRow: boolean
  readonly steps: readonly Step[]
}

/** Plain data: what deploy would do, in order. */
export interface Plan {
  readonly createsHistory: boolean
  /** Whether there are tables already, which others may be using. */
  readonly meetsOthers: boolean
  readonly migrations: readonly PlannedMigration[]
}

/**
 * Decides what deploy does, from what is on disk and in the database. Changes nothing.
 * @throws HowdahError history-missing, migration-half-undone, migration-edited, migration-failed-earlier, migration-file-missing,
 *   migration-sql-invalid, statement-unsupported
 */
export async function planDeploy(
  comparison: Comparison,
  history: History,
  schema: string,
  allowed: AllowedGates = new Map(),
): Promise<Plan> {
  if (history.rows === undefined && history.otherTables > 0) {
    throw new HowdahError('history-missing', { schema, tables: history.otherTables })
  }
  refuseHalfUndone(comparison)
  requireOpen(historyGates(comparison), allowed)
  refuseBroken(comparison)
  const planned: PlannedMigration[] = []
  for (const migration of comparison.migrations) {
    const next = await planMigration(migration)
    if (next) planned.push(next)
  }
  requireOpen(
    planned.flatMap(({ steps }) => steps.flatMap(cutOffGate)),
    allowed,
  )
  return {
    createsHistory: history.rows === undefined,
    meetsOthers: history.rows !== undefined || history.otherTables > 0,
    migrations: planned,
  }
}

/** Where a rollback stopped half way, what is in the database is neither the migration nor what was before it. */
function refuseHalfUndone(comparison: Comparison): void {
  const half = comparison.migrations.find(({ state }) => state === 'half-undone')
  if (!half) return
  const migration = half.files.name
  throw new HowdahError('migration-half-undone', { migration, to: beforeMigration(comparison, migration) })
}

function refuseBroken({ migrations }: Comparison): void {
  for (const { state, files, row } of migrations) {
    const migration = files.name
    if (state === 'failed') {
      const startedAt = row?.startedAt.toISOString() ?? 'an unknown time'
      throw new HowdahError('migration-failed-earlier', { migration, startedAt })
    }
    if (!isApplied({ state }) && files.script === undefined)
      throw new HowdahError('migration-file-missing', { migration })
  }
}

async function planMigration({
  files,
  state,
  steps,
}: ComparedMigration): Promise<PlannedMigration | undefined> {
  const { name } = files
  const outstanding = !isApplied({ state })
  const main = outstanding
    ? planFile(
        await readScript(name, 'migration.sql', files.script ?? ''),
        state === 'recoverable' ? steps : [],
      )
    : []
  const extraSteps = await planExtra(name, files.extra, steps)
  if (!outstanding && extraSteps.length === 0) return undefined
  return {
    name,
    checksum: checksum(files.script ?? ''),
    recordsHistory: outstanding,
    closesFailedRow: state === 'recoverable',
    forgetsSteps: state === 'pending' && steps.some(step => step.file !== 'extra.sql' && isInEffect(step)),
    steps: [...main, ...extraSteps],
  }
}

/** What of extra SQL is left to do. A file all of which is in the database is not even parsed: most of them are, for good. */
async function planExtra(name: string, text: string, recorded: readonly StepRow[]): Promise<StatementStep[]> {
  if (text === '') return []
  const sum = checksum(text)
  const last = recorded.findLast(({ file, completes }) => file === 'extra.sql' && completes)
  if (last?.completes === sum && last.state === 'applied') return []
  const steps = planStatements(await readScript(name, 'extra.sql', text), recorded)
  return steps.map((step, index) => (index === steps.length - 1 ? { ...step, completes: sum } : step))
}

/**
 * What of a file is left to do: all of it in one transaction where it can be, else its statements that have not taken effect.
 * @throws HowdahError migration-edited, directive-invalid
 */
export function planFile(script: Script, recorded: readonly StepRow[]): Step[] {
  // What was begun statement by statement goes on that way: some of it is in the database already.
  const begun = recorded.some(
    step => step.file === script.file && step.scope === 'statement' && step.state === 'applied',
  )
  const fits = fitsOneTransaction(script.statements)
  if (script.directives.transaction === 'file' && !fits) throw contradiction(script)
  const { transaction } = script.directives
  if (begun || !fits || transaction === 'statement' || transaction === 'none')
    return planStatements(script, recorded)
  // One statement alone says what a later one like it can be compared with.
  const [only, ...others] = script.statements
  const summary =
    only && others.length === 0
      ? summarize(only)
      : `${script.statements.length} statements in one transaction`
  return [{ scope: 'file', script, ordinal: 0, checksum: checksum(script.text), summary }]
}

function contradiction({ migration, file }: Script): HowdahError {
  const problem =
    'transaction=file, but a statement of it refuses a transaction, or uses an enum value the file adds'
  return new HowdahError('directive-invalid', { location: `${migration}/${file}:1:1`, problem })
}

/** The statements of a script that have not taken effect. Those that have must stand in the file unchanged. */
export function planStatements(script: Script, recorded: readonly StepRow[]): StatementStep[] {
  const rows = recorded.filter(step => step.file === script.file && step.scope === 'statement')
  const applied = new Map(rows.filter(row => row.state === 'applied').map(row => [row.ordinal, row.checksum]))
  const lastState = new Map(rows.map(row => [row.ordinal, row]))
  for (const ordinal of applied.keys()) {
    if (ordinal < script.statements.length) continue
    throw new HowdahError('migration-edited', { migration: script.migration, file: script.file })
  }
  return script.statements.flatMap((statement, ordinal) => {
    const sum = checksum(statement.text)
    const before = applied.get(ordinal)
    if (before === sum) return []
    if (before !== undefined) throw editedStatement(script, statement)
    const last = lastState.get(ordinal)
    const same = last?.checksum === sum && last.state !== 'undone' ? last : undefined
    const step: StatementStep = {
      scope: 'statement',
      script,
      ordinal,
      checksum: sum,
      summary: summarize(statement),
      statement,
      alone: isAlone(statement.kind) || script.directives.transaction === 'none',
      earlier: same === undefined ? 'none' : same.state === 'started' ? 'cut-off' : 'failed',
    }
    return [step]
  })
}

function editedStatement(script: Script, statement: ClassifiedStatement): HowdahError {
  const { migration, file } = script
  return new HowdahError(
    'migration-edited',
    { migration, file },
    { details: { location: locate(script, statement.start) } },
  )
}

/** A statement outside any transaction that was begun, and of which neither record nor catalogue tells what became. */
function cutOffGate(step: Step): ClosedGate[] {
  if (step.scope !== 'statement' || !step.alone || isAlone(step.statement.kind)) return []
  const isUnclear = step.earlier === 'cut-off' || (step.earlier === 'failed' && mayCommit(step.statement))
  if (!isUnclear) return []
  const { migration, file } = step.script
  const location = locate(step.script, step.statement.start)
  const problem = `${location}: ${step.summary} was begun outside a transaction and ${step.earlier === 'failed' ? 'failed half way' : 'cut off'}: nobody knows how much of it took effect`
  const rest =
    file === 'migration.sql'
      ? `, run the rest by hand, then \`howdah migrate resolve --applied ${migration}\``
      : ''
  return [
    {
      gate: 'cut-off',
      problem,
      instead: `Look at the database. If it did take effect${rest || ', take it out of the file'}. If not, or if it does no harm twice, let it run again`,
    },
  ]
}

/** The identity of a step in the ledger. */
export function stepKey({ scope, script, ordinal }: Step): {
  migration: string
  file: StepFile
  scope: 'file' | 'statement'
  ordinal: number
} {
  return { migration: script.migration, file: script.file, scope, ordinal }
}
