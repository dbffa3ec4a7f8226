import type { MigrationFiles } from '../history/migration-files.ts'
import { readScript } from '../plan/script.ts'
import { type GradedRollback, gradeRollback } from './grade.ts'

/**
 * The migrations of a history that have a way back, graded.
 * @throws HowdahError migration-sql-invalid, statement-unsupported, directive-invalid
 */
export async function gradeHistory(
  files: readonly MigrationFiles[],
): Promise<ReadonlyMap<string, GradedRollback>> {
  const graded = new Map<string, GradedRollback>()
  for (const { name, script = '', extra, down } of files) {
    if (down === undefined) continue
    const way = await readScript(name, 'down.sql', down)
    const up = [await readScript(name, 'migration.sql', script), await readScript(name, 'extra.sql', extra)]
    const grade = gradeRollback(way, up)
    if (grade.grade !== 'impossible') graded.set(name, grade)
  }
  return graded
}
