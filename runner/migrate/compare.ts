import type { StepRow } from '../ledger/steps.ts'
import { matchesChecksum } from './checksum.ts'
import type { MigrationFiles } from './migration-files.ts'
import type { History, HistoryRow } from './prisma-history.ts'

/**
 * Where one migration stands.
 * - `recoverable`: it failed or was cut off, and the ledger knows exactly what of it took effect; deploy goes on from there
 * - `failed`: it failed or was cut off under a tool that left no such record
 */
export type MigrationState = 'applied' | 'pending' | 'edited' | 'failed' | 'recoverable'

export interface ComparedMigration {
  readonly files: MigrationFiles
  readonly state: MigrationState
  /** The row that decided the state, if any. */
  readonly row: HistoryRow | undefined
  /** Our own record of it, oldest first. */
  readonly steps: readonly StepRow[]
}

export interface Comparison {
  readonly migrations: readonly ComparedMigration[]
  /** Applied according to the history, but with no folder on disk. */
  readonly missingOnDisk: readonly string[]
}

/** Prisma's rules for pending, failed and edited (schema-engine, apply_migrations and diagnose_migration_history). */
export function compare(
  files: readonly MigrationFiles[],
  history: History,
  steps: readonly StepRow[],
): Comparison {
  const live = (history.rows ?? []).filter(row => row.rolledBackAt === null)
  const byName = Map.groupBy(live, row => row.name)
  const stepsOf = Map.groupBy(steps, step => step.migration)
  const migrations = files.map((each): ComparedMigration => {
    const rows = byName.get(each.name) ?? []
    const own = stepsOf.get(each.name) ?? []
    const open = rows.find(row => row.finishedAt === null)
    const row = open ?? rows[0]
    return { files: each, row, steps: own, state: stateOf(each, row, own) }
  })
  const onDisk = new Set(files.map(each => each.name))
  const missingOnDisk = [...byName.keys()].filter(name => !onDisk.has(name))
  return { migrations, missingOnDisk }
}

function stateOf(
  files: MigrationFiles,
  row: HistoryRow | undefined,
  steps: readonly StepRow[],
): MigrationState {
  if (!row) return 'pending'
  if (row.finishedAt === null)
    return steps.some(step => step.file === 'migration.sql') ? 'recoverable' : 'failed'
  // A file that is gone cannot have been edited; its folder is reported where it matters, when it is pending.
  if (files.script !== undefined && !matchesChecksum(files.script, row.checksum)) return 'edited'
  return 'applied'
}
