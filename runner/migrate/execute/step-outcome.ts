import type { HowdahError } from '../../core/errors.ts'
import { plural } from '../../core/units.ts'
import type { Blocker } from '../../postgres/blockers.ts'
import type { Step } from '../plan/plan.ts'
import type { Repeatable } from '../plan/repeatable-plan.ts'
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
  /** From the first attempt to the one that had its locks. */
  readonly lockWaitMs: number
  /** Sessions that held it up, as last seen. */
  readonly blockers: readonly Blocker[]
}

/** `1_init/extra.sql:12`: where a step begins. */
export const placeOfStep = ({ migration, file, line }: StepOutcome) => `${migration}/${file}:${line}`

/** How a step came to its end, as far as it is known. */
export type StepEffort = Pick<StepResult, 'attempts' | 'rows' | 'lockWaitMs' | 'blockers'>

const NO_EFFORT: StepEffort = { attempts: 0, rows: null }

export function outcomeOf(
  step: Step,
  state: StepState,
  durationMs: number | null,
  effort: StepEffort = NO_EFFORT,
): StepOutcome {
  const line = step.scope === 'statement' ? step.statement.line : (step.script.statements[0]?.line ?? 1)
  const { migration, file } = step.script
  return { migration, file, summary: step.summary, line, state, durationMs, ...complete(effort) }
}

export function repeatableOutcome(
  { name, script }: Repeatable,
  state: StepState,
  durationMs: number | null,
  effort: StepEffort = NO_EFFORT,
): StepOutcome {
  const summary = plural(script.statements.length, 'statement')
  return {
    migration: 'repeatable',
    file: name,
    summary,
    line: 1,
    state,
    durationMs,
    ...complete({ ...effort, rows: null }),
  }
}

function complete({ attempts, rows, lockWaitMs = 0, blockers = [] }: StepEffort): Required<StepEffort> {
  return { attempts, rows, lockWaitMs, blockers }
}

/** What an error tells of the attempts before it. */
export function failedEffort({ details }: HowdahError): StepEffort {
  const { attempts, waitedMs, blockers } = details
  return {
    attempts: Number(attempts ?? 1),
    rows: null,
    lockWaitMs: Number(waitedMs ?? 0),
    blockers: Array.isArray(blockers) ? blockers : [],
  }
}
