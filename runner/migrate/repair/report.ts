import { EXIT } from '../../core/exit-codes.ts'
import { plural } from '../../core/units.ts'
import type { MigrateReport } from '../report.ts'
import type { RepairOutcome } from './repair.ts'
import type { LeftAlone, Repair } from './repair-plan.ts'

/** Exit code 0: all of it is repaired, or there was nothing; 3: something is left to a person. */
export function reportRepair({ plan, repaired, left, error }: RepairOutcome, dryRun: boolean): MigrateReport {
  const exit = error?.exit ?? (left.length > 0 ? EXIT.refused : EXIT.done)
  const turnedDown = new Set(left.map(({ kind, subject }) => `${kind} ${subject}`))
  const stateOf = (each: Repair) => {
    if (dryRun) return 'planned'
    if (repaired.includes(each)) return 'repaired'
    return turnedDown.has(`${each.kind} ${each.subject}`) ? 'left' : 'not-repaired'
  }
  const repairs = plan.repairs.map(each => {
    const { kind, subject, action, proof } = each
    return { kind, subject, action, proof, state: stateOf(each) }
  })
  const data = {
    ok: exit === EXIT.done,
    dryRun,
    repairs,
    left,
    exitCode: exit,
    ...(error ? { error: error.report() } : {}),
  }
  const lines = [
    ...repairs.filter(({ state }) => state !== 'left').flatMap(repairLines),
    ...left.flatMap(leftLines),
    verdict(repairs.filter(({ state }) => state !== 'left').length, repaired.length, left.length, dryRun),
  ]
  return { data, text: lines.join('\n'), exit, ...(error ? { error } : {}) }
}

const MARK: Readonly<Record<string, string>> = { planned: '…', repaired: '✔', 'not-repaired': '✘' }

function repairLines({ kind, subject, action, proof, state }: Record<string, string>): string[] {
  return [`${MARK[state ?? '']} ${kind} ${subject}: ${action}`, `    because ${proof}`]
}

function leftLines({ kind, subject, reason, instead }: LeftAlone): string[] {
  return [`! ${kind} ${subject} is left as it is: ${reason}`, ...instead.map(line => `    ${line}`)]
}

function verdict(planned: number, repaired: number, left: number, dryRun: boolean): string {
  if (planned + left === 0) return 'Nothing to repair.'
  const done = dryRun ? `${plural(planned, 'repair')} to carry out` : plural(repaired, 'repair')
  return left > 0 ? `${done}; ${left} left to you.` : `${done}; nothing left.`
}
