import { HowdahError } from '../../core/errors.ts'
import { checksum } from '../history/checksum.ts'
import type { ComparedMigration } from '../history/compare.ts'
import { planFile, planStatements, type Step } from '../plan/plan.ts'
import type { Repeatable } from '../plan/repeatable-plan.ts'
import { readScript } from '../plan/script.ts'
import { droppedRepeatables } from './dropped-repeatables.ts'
import { type GradedRollback, gradeRollback } from './grade.ts'

/** One migration that is to be undone. */
export interface PlannedUndoing extends GradedRollback {
  readonly name: string
  /** SHA-256 of its files: what was proved is what runs. */
  readonly digest: string
  /** What of its `down.sql` is left to do: all of it, unless an earlier rollback was cut off. */
  readonly steps: readonly Step[]
  /** An earlier rollback has done a part of it. */
  readonly isResumed: boolean
  /** Repeatables that its `down.sql` drops: the next deploy has to make them anew. */
  readonly forgets: readonly string[]
}

/** Plain data: what rollback would do, newest migration first. */
export interface RollbackPlan {
  /** The migration that stays the newest, or `none`. */
  readonly target: string
  readonly migrations: readonly PlannedUndoing[]
}

/**
 * Decides how each migration is undone and what that costs. Changes nothing.
 * @throws HowdahError migration-edited, migration-sql-invalid, statement-unsupported, directive-invalid, rollback-impossible
 */
export async function planRollback(
  target: string,
  chosen: readonly ComparedMigration[],
  repeatables: readonly Repeatable[],
): Promise<RollbackPlan> {
  const migrations: PlannedUndoing[] = []
  for (const each of chosen) migrations.push(await planUndoing(each, repeatables))
  refuseImpossible(migrations)
  return { target, migrations }
}

async function planUndoing(
  { files, steps, state }: ComparedMigration,
  repeatables: readonly Repeatable[],
): Promise<PlannedUndoing> {
  const { name, script = '', extra, down } = files
  const main = await readScript(name, 'migration.sql', script)
  const extraScript = await readScript(name, 'extra.sql', extra)
  // What was applied of the extra SQL must stand in the file unchanged: the way back is for what the file says.
  planStatements(extraScript, steps)
  const way = down === undefined ? undefined : await readScript(name, 'down.sql', down)
  const graded = gradeRollback(way, [main, extraScript])
  return {
    name,
    digest: checksum([script, extra, down].join('\0')),
    ...graded,
    steps: way && graded.grade !== 'impossible' ? planFile(way, steps) : [],
    isResumed: state === 'half-undone',
    forgets: way ? droppedRepeatables(way, repeatables) : [],
  }
}

function refuseImpossible(migrations: readonly PlannedUndoing[]): void {
  const impossible = migrations.filter(({ grade }) => grade === 'impossible')
  if (impossible.length === 0) return
  throw new HowdahError('rollback-impossible', {
    problems: impossible.map(({ name, reason }) => `${name}: ${reason}`),
    instead:
      'Nothing was changed. Write the way back into a down.sql beside its migration.sql, or go forward with a new migration.',
  })
}
