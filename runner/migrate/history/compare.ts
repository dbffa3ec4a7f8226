import { isInEffect, type StepRow } from '../../ledger/steps.ts'
import { matchesChecksum } from './checksum.ts'
import type { MigrationFiles } from './migration-files.ts'
import type { History, HistoryRow } from './prisma-history.ts'

/**
 * Where one migration stands.
 * - `recoverable`: it failed or was cut off, and the ledger knows exactly what of it took effect; deploy goes on from there
 * - `failed`: it failed or was cut off under a tool that left no such record
 * - `half-undone`: a rollback of it failed or was cut off between two statements; only `rollback` goes on from there
 */
export type MigrationState = 'applied' | 'pending' | 'edited' | 'failed' | 'recoverable' | 'half-undone'

export interface ComparedMigration {
  readonly files: MigrationFiles
  readonly state: MigrationState
  /** The row that decided the state, if any. */
  readonly row: HistoryRow | undefined
  /** Our own record of it, oldest first. */
  readonly steps: readonly StepRow[]
  /**
   * Whether the file differs from what was recorded, as `prisma migrate status` tells. Of an applied migration that is
   * its state; a failed one is usually edited in order to be mended.
   */
  readonly edited: boolean
}

export interface Comparison {
  /** Those on disk in their order, then those that failed, forth or back, and are no longer on disk: they still stop every deploy. */
  readonly migrations: readonly ComparedMigration[]
  /** Applied according to the history, but with no folder on disk. */
  readonly missingOnDisk: readonly string[]
}

/**
 * Prisma's rules, held against its engine by tests/conformance/histories.test.ts (7.10):
 * - a row that was rolled back counts for nothing, finished or not
 * - pending: no other row; failed: any row that is not finished, on disk or not
 * - edited: the checksum of the oldest row differs, however the migration ended
 */
export function compare(
  files: readonly MigrationFiles[],
  history: History,
  steps: readonly StepRow[],
): Comparison {
  const live = (history.rows ?? []).filter(row => row.rolledBackAt === null)
  const byName = Map.groupBy(live, row => row.name)
  const stepsOf = Map.groupBy(steps, step => step.migration)
  const compareOne = (each: MigrationFiles): ComparedMigration => {
    const rows = byName.get(each.name) ?? []
    const own = stepsOf.get(each.name) ?? []
    const open = rows.find(isOpen)
    const edited = isEdited(each, rows[0])
    return { files: each, row: open ?? rows[0], steps: own, edited, state: stateOf(rows, open, edited, own) }
  }
  const onDisk = new Set(files.map(each => each.name))
  const gone = [...byName.keys()]
    .filter(name => !onDisk.has(name))
    .map(name => compareOne({ name, script: undefined, extra: '' }))
  return {
    migrations: [...files.map(compareOne), ...gone.filter(each => !isApplied(each))],
    missingOnDisk: gone.filter(isApplied).map(each => each.files.name),
  }
}

const isOpen = (row: HistoryRow) => row.finishedAt === null

/** A file that is gone cannot have been edited; its folder is reported where it matters, when it is pending. */
function isEdited({ script }: MigrationFiles, oldest: HistoryRow | undefined): boolean {
  return script !== undefined && oldest !== undefined && !matchesChecksum(script, oldest.checksum)
}

/** Whether all of its `migration.sql` is in the database, as far as the history tells. */
export function isApplied({ state }: Pick<ComparedMigration, 'state'>): boolean {
  return state === 'applied' || state === 'edited'
}

/** What `rollback --to` calls the state before the first migration. */
export const NO_MIGRATION = 'none'

const collator = new Intl.Collator('en')

/** The order of names that migrations are read and applied in. */
export function migrationOrder(a: string, b: string): number {
  return collator.compare(a, b)
}

/** What to roll back to so that a migration is undone and those before it stay. */
export function beforeMigration({ migrations }: Pick<Comparison, 'migrations'>, name: string): string {
  const older = migrations.filter(each => isApplied(each) && migrationOrder(each.files.name, name) < 0)
  return older.at(-1)?.files.name ?? NO_MIGRATION
}

/** Our first step is recorded with our row, never before it; an older one is of an attempt that was resolved since. */
function belongsTo({ file, state, startedAt }: StepRow, open: HistoryRow): boolean {
  return file === 'migration.sql' && state !== 'undone' && isSince(startedAt, open)
}

const isSince = (at: string | undefined, row: HistoryRow) => at === undefined || new Date(at) >= row.startedAt

function stateOf(
  rows: readonly HistoryRow[],
  open: HistoryRow | undefined,
  edited: boolean,
  steps: readonly StepRow[],
): MigrationState {
  if (rows.length === 0) return 'pending'
  if (open) return steps.some(step => belongsTo(step, open)) ? 'recoverable' : 'failed'
  // Once a rollback is complete none of its steps is in effect any more.
  const undoing = steps.filter(step => step.file === 'down.sql' && isInEffect(step))
  if (undoing.some(step => rows.some(row => isSince(step.startedAt, row)))) return 'half-undone'
  return edited ? 'edited' : 'applied'
}
