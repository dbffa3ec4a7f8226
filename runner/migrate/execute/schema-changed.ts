import { mayChangeSchema } from '../../sql/data-only.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExecutionOutcome } from './execute.ts'

/** Whether a run changed the schema: a step that may have done so took effect. A repeatable always does. */
export function schemaChanged({ migrations }: Plan, { steps }: Pick<ExecutionOutcome, 'steps'>): boolean {
  const planned = migrations.flatMap(migration => migration.steps)
  return steps.some(({ state }, index) => {
    if (state !== 'applied' && state !== 'skipped') return false
    const step = planned[index]
    if (!step) return true
    const statements = step.scope === 'file' ? step.script.statements : [step.statement]
    return statements.some(mayChangeSchema)
  })
}
