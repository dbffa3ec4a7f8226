import { plural } from '../core/units.ts'
import type { Step } from './plan.ts'
import type { Repeatable } from './repeatable-plan.ts'
import type { StepResult } from './step-context.ts'

export type StepState = 'applied' | 'skipped' | 'failed' | 'not-run'

/** What became of one planned step. */
export interface StepOutcome {
  readonly migration: string
  readonly file: string
  readonly summary: string
  /** Line of the step's first statement in its file. */
  readonly line: number
  readonly state: StepState
  readonly durationMs: number | null
  readonly attempts: number
  /** Rows its statement touched; `null` for several statements, or where the server does not say. */
  readonly rows: number | null
}

export function outcomeOf(
  step: Step,
  state: StepState,
  durationMs: number | null,
  { attempts, rows }: Pick<StepResult, 'attempts' | 'rows'> = { attempts: 0, rows: null },
): StepOutcome {
  const line = step.scope === 'statement' ? step.statement.line : (step.script.statements[0]?.line ?? 1)
  const { migration, file } = step.script
  return { migration, file, summary: step.summary, line, state, durationMs, attempts, rows }
}

export function repeatableOutcome(
  { name, script }: Repeatable,
  state: StepState,
  durationMs: number | null,
  attempts: number,
): StepOutcome {
  const summary = plural(script.statements.length, 'statement')
  return { migration: 'repeatable', file: name, summary, line: 1, state, durationMs, attempts, rows: null }
}
