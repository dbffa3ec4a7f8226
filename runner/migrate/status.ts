import { HowdahError } from '../core/errors.ts'
import type { Comparison } from './history/compare.ts'
import { inspect, type MigrateOptions, openReader } from './history/inspect.ts'
import { planDeploy } from './plan/plan.ts'
import { planRepeatables } from './plan/repeatable-plan.ts'

export interface StatusOutcome {
  readonly comparison: Comparison
  /** Steps of extra SQL that have not taken effect, by migration. */
  readonly pendingExtra: ReadonlyMap<string, number>
  /** Repeatables whose text differs from what was last applied. */
  readonly pendingRepeatables: readonly string[]
  /** Why deploy would refuse, if it would. */
  readonly refusal: HowdahError | undefined
}

/** Compares disk and database. Changes nothing, takes no lock, works on a replica. */
export async function status(options: MigrateOptions): Promise<StatusOutcome> {
  await using connection = await openReader(options, 'migrate status')
  const { comparison, history } = await inspect(connection, options.folder)
  try {
    const plan = await planDeploy(comparison, history, connection.target.schema)
    const extra = plan.migrations.map(migration => {
      const steps = migration.steps.filter(step => step.script.file === 'extra.sql')
      return [migration.name, steps.length] as const
    })
    const { changed } = await planRepeatables(connection, options.folder.directory)
    const pendingRepeatables = changed.map(({ name }) => name)
    return { comparison, pendingExtra: new Map(extra), pendingRepeatables, refusal: undefined }
  } catch (error) {
    if (!(error instanceof HowdahError)) throw error
    return { comparison, pendingExtra: new Map(), pendingRepeatables: [], refusal: error }
  }
}
