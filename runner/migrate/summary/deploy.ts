import { errorBlocks } from '../../core/error-markdown.ts'
import type { HowdahError } from '../../core/errors.ts'
import { EXIT } from '../../core/exit-codes.ts'
import { type Block, code, prose, type Row, type Table } from '../../core/markdown.ts'
import { formatCount, formatDuration, plural } from '../../core/units.ts'
import { describeBlocker } from '../../postgres/blockers.ts'
import type { DeployOutcome } from '../deploy.ts'
import { placeOfStep, type StepOutcome, type StepState } from '../execute/step-outcome.ts'
import type { AllowedGates } from '../gates/gates.ts'
import { nextDeploy } from './next-deploy.ts'

/** What the outcome of a deploy does not know of itself. */
export interface RunFacts {
  readonly runId: string
  readonly allowed: AllowedGates
  /** From the start of the verb to its end, the wait for another run included. */
  readonly durationMs: number
}

/** What a deploy did, for a page of a CI system. */
export function summarizeDeploy(outcome: DeployOutcome, facts: RunFacts): Block[] {
  const { steps, error } = outcome
  const blocks: Block[] = [`## ${headline(outcome, facts)}`]
  if (error) blocks.push(...errorBlocks(error), `**Next:** ${nextDeploy(outcome)}`)
  if (steps.length > 0) blocks.push(stepTable(steps))
  blocks.push(
    ...blockerList(steps),
    ...hookList(outcome),
    ...gateList(facts.allowed),
    `Run ${code(facts.runId)}`,
  )
  return blocks
}

function headline({ steps, error, total }: DeployOutcome, { durationMs }: RunFacts): string {
  const time = formatDuration(durationMs)
  if (error) return `✖ ${how(error)}${placeOf(steps)} after ${time}`
  if (steps.length === 0)
    return `✔ Nothing to do: ${plural(total, 'migration')} and their extra SQL are applied`
  const repeatables = steps.filter(isRepeatable).length
  const migrations = new Set(steps.filter(step => !isRepeatable(step)).map(step => step.migration)).size
  const parts = [
    migrations > 0 ? plural(migrations, 'migration') : '',
    repeatables > 0 ? plural(repeatables, 'repeatable') : '',
  ]
  return `✔ ${parts.filter(part => part !== '').join(' and ')} applied in ${time}`
}

const isRepeatable = ({ migration }: StepOutcome) => migration === 'repeatable'

function how({ exit }: HowdahError): string {
  if (exit === EXIT.busy) return 'Deploy did not get a lock'
  return exit === EXIT.interrupted ? 'Deploy was interrupted' : 'Deploy failed'
}

function placeOf(steps: readonly StepOutcome[]): string {
  const failed = steps.find(({ state }) => state === 'failed')
  return failed ? ` at ${code(placeOfStep(failed))}` : ''
}

const STATE: Readonly<Record<StepState, string>> = {
  applied: '✔ applied',
  skipped: '✔ was applied already',
  failed: '✖ failed',
  'not-run': '· not run',
}

function stepTable(steps: readonly StepOutcome[]): Table {
  return {
    columns: [
      { name: 'state' },
      { name: 'step' },
      { name: 'statement' },
      { name: 'duration', right: true },
      { name: 'attempts', right: true },
      { name: 'lock wait', right: true },
      { name: 'rows', right: true },
    ],
    rows: steps.map(stepRow),
    folded: `${plural(steps.length, 'step')}`,
  }
}

function stepRow(step: StepOutcome): Row {
  const { state, summary, durationMs, attempts, lockWaitMs, rows } = step
  const cells = [
    STATE[state],
    code(placeOfStep(step)),
    code(summary),
    durationMs === null ? '' : formatDuration(durationMs),
    attempts === 0 ? '' : formatCount(attempts),
    lockWaitMs === 0 ? '' : formatDuration(lockWaitMs),
    rows === null ? '' : formatCount(rows),
  ]
  return { cells, important: state === 'failed' || lockWaitMs > 0 }
}

/** Sessions named at the most; a busy database may have held up every step. */
const MOST_BLOCKERS = 20

function blockerList(steps: readonly StepOutcome[]): string[] {
  const held = steps.filter(({ blockers }) => blockers.length > 0)
  if (held.length === 0) return []
  const lines = held.flatMap(step =>
    step.blockers.map(blocker => `- ${code(placeOfStep(step))} by ${code(describeBlocker(blocker), 600)}`),
  )
  const more = lines.length - MOST_BLOCKERS
  const shown = more > 0 ? [...lines.slice(0, MOST_BLOCKERS), `- … and ${formatCount(more)} more`] : lines
  return [['Held up while waiting for table locks:', '', ...shown].join('\n')]
}

/** Hooks that ran or failed to, and poolers that were told or not. */
function hookList({ hooks, poolers }: DeployOutcome): string[] {
  const own = hooks
    .filter(({ state }) => state !== 'not-run')
    .map(({ hook, migration, state, durationMs }) => {
      const place = migration === null ? '' : ` for ${code(migration)}`
      return `- ${state === 'done' ? '✔' : '✖'} hook ${code(hook)}${place}${durationMs === null ? '' : `, ${formatDuration(durationMs)}`}`
    })
  const told = poolers.map(each =>
    each.state === 'told'
      ? `- ✔ PgBouncer ${code(each.pooler)} told to reconnect`
      : `- ✖ PgBouncer ${code(each.pooler)} not told to reconnect: ${prose(each.reason ?? '')}`,
  )
  const lines = [...own, ...told]
  return lines.length === 0 ? [] : [['Around the migrations:', '', ...lines].join('\n')]
}

function gateList(allowed: AllowedGates): string[] {
  if (allowed.size === 0) return []
  const lines = [...allowed].map(([gate, reason]) => `- ${code(gate)}: ${prose(reason)}`)
  return [['Gates let through with `--allow`, on record:', '', ...lines].join('\n')]
}
