import { EXIT } from '../../core/exit-codes.ts'
import { formatDuration, plural } from '../../core/units.ts'
import { planLines, statementData } from '../plan/report-plan.ts'
import { type MigrateReport, poolerLine, stepLines } from '../report.ts'
import type { DescribedRollback, PreparedRollback } from './describe.ts'
import type { PlannedUndoing } from './plan-rollback.ts'
import type { ProofSource } from './proof.ts'
import { lossData, lossLine } from './report-losses.ts'
import type { RollbackOutcome } from './rollback.ts'

/** What a rollback did. */
export function reportRollback(outcome: RollbackOutcome): MigrateReport {
  const { plan, steps, error, proof, poolers } = outcome
  const data = { ok: error === undefined, dryRun: false, ...preparedData(outcome), steps, poolers }
  const lines = [stepLines(steps), ...poolers.map(poolerLine)].filter(line => line !== '').join('\n')
  if (error)
    return {
      data: { ...data, exitCode: error.exit, error: error.report() },
      text: lines,
      exit: error.exit,
      error,
    }
  if (plan.migrations.length === 0) return { data, text: nothing(plan.target), exit: EXIT.done }
  const done = plural(plan.migrations.length, 'migration')
  const again = plan.migrations.some(({ forgets }) => forgets.length > 0)
    ? ' The next deploy also applies again the repeatables they dropped.'
    : ''
  const end = `${done} undone, to ${targetText(plan.target)}; ${proofText(proof)}.${again}`
  return { data, text: `${lines}\n${end}`, exit: EXIT.done }
}

/** What a rollback would do. That it needs `--accept-data-loss` is told, and no failure. */
export function reportRollbackPlan(described: DescribedRollback): MigrateReport {
  const { plan, losses, proof, steps } = described
  const data = {
    ok: true,
    dryRun: true,
    ...preparedData(described),
    steps: steps.map(step => ({
      ...step,
      statements: step.statements.map(statementData),
    })),
  }
  if (plan.migrations.length === 0) return { data, text: nothing(plan.target), exit: EXIT.done }
  const lines = plan.migrations.flatMap(migration => [
    `${migration.name}  ${gradeText(migration)}`,
    ...(losses.get(migration.name) ?? []).map(each => `  ! ${lossLine(each)}`),
    ...migration.forgets.map(name => `  · repeatable/${name} is applied again by the next deploy`),
    ...planLines(steps.filter(step => step.migration === migration.name)),
  ])
  const lossy = plan.migrations.some(({ grade }) => grade === 'lossy')
  const end = `${plural(plan.migrations.length, 'migration')}, to ${targetText(plan.target)}; ${proofText(proof)}.`
  const consent = lossy ? '\nIt needs --accept-data-loss.' : ''
  return { data, text: `Would undo, in this order:\n${lines.join('\n')}\n${end}${consent}`, exit: EXIT.done }
}

function preparedData({ plan, losses, proof }: PreparedRollback) {
  return {
    to: plan.target,
    proof: proof ?? null,
    migrations: plan.migrations.map(({ name, grade, isResumed, forgets }) => ({
      migration: name,
      grade,
      isResumed,
      forgetsRepeatables: forgets,
      losses: (losses.get(name) ?? []).map(lossData),
    })),
  }
}

const nothing = (target: string) =>
  `Nothing to do: ${target === 'none' || target === '0' ? 'no migration is applied' : `nothing newer than ${target} is applied`}.`

const targetText = (target: string) =>
  target === 'none' || target === '0' ? 'before the first migration' : target

const gradeText = ({ grade, isResumed }: PlannedUndoing) =>
  `${grade}${isResumed ? ', goes on where an earlier rollback ended' : ''}`

function proofText(proof: ProofSource | undefined): string {
  if (proof?.source === 'shadow')
    return `the way back was proved on a shadow in ${formatDuration(proof.durationMs)} (${proof.reason})`
  return 'the way back is proved by the manifest'
}
