import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { Connection } from '../../postgres/connect.ts'
import { inspect } from './inspect.ts'

export interface MigrationCounts {
  readonly applied: number
  readonly pending: number
  /** Failed or cut off, on the way forth or back, whether or not a run can go on by itself. */
  readonly failed: number
  /** Applied, and changed on disk since. */
  readonly edited: number
  /** Rows of Prisma's history that were marked as rolled back: attempts that came to nothing. */
  readonly rolledBack: number
}

/** Counts for monitoring. Uses the caller's connection and reads two small tables. */
export async function countMigrations(
  connection: Connection,
  folder: DatabaseFolder,
): Promise<MigrationCounts> {
  const { comparison, history } = await inspect(connection, folder)
  const count = (...states: readonly string[]) =>
    comparison.migrations.filter(({ state }) => states.includes(state)).length
  return {
    applied: count('applied', 'edited'),
    pending: count('pending'),
    failed: count('failed', 'recoverable', 'half-undone'),
    edited: count('edited'),
    rolledBack: (history.rows ?? []).filter(row => row.rolledBackAt !== null).length,
  }
}
