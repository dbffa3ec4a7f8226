import { code } from '../../core/markdown.ts'
import { formatCount, plural } from '../../core/units.ts'
import type { DeployOutcome } from '../deploy.ts'
import { placeOfStep, type StepOutcome } from '../execute/step-outcome.ts'

/** What the next deploy does after one that did not succeed, in Markdown. */
export function nextDeploy({ steps, plan }: Pick<DeployOutcome, 'steps' | 'plan'>): string {
  const at = steps.findIndex(({ state }) => state === 'failed' || state === 'not-run')
  const step = steps[at]
  if (!step)
    return 'all planned steps have taken effect; the next `howdah migrate deploy` finds nothing of them to do.'
  const rest = steps.slice(at + 1).filter(({ state }) => state === 'not-run').length
  const then = rest > 0 ? `, then ${plural(rest, 'further step')}` : ''
  return `the next \`howdah migrate deploy\` ${continuation(step, steps, plan)}${then}.`
}

function continuation(step: StepOutcome, steps: readonly StepOutcome[], plan: DeployOutcome['plan']): string {
  const planned = plan.migrations.find(({ name }) => name === step.migration)?.steps
  const own = planned?.find(({ script }) => script.file === step.file)
  if (!own)
    return 'applies the repeatables again, all of them in one transaction: none of this run is in the database'
  const where = code(placeOfStep(step))
  if (step.state === 'not-run') return `goes on with ${where}, which was not begun`
  if (own.scope === 'file')
    return `runs ${code(`${step.migration}/${step.file}`)} again from its first statement: nothing of it is in the database`
  const done = steps.filter(
    ({ migration, state }) => migration === step.migration && (state === 'applied' || state === 'skipped'),
  ).length
  const kept =
    done === 0
      ? ''
      : `; the ${formatCount(done)} ${done === 1 ? 'step' : 'steps'} of this migration before it ${done === 1 ? 'is' : 'are'} in the database and not run again`
  return `goes on at ${where}${kept}`
}
