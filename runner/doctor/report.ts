import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { plural } from '../core/units.ts'
import type { Examination } from './doctor.ts'
import type { FindingStatus } from './finding.ts'

const MARK: Record<FindingStatus, string> = { ok: '✔', note: '·', warning: '!', problem: '✘', unknown: '?' }
const WORDS: readonly (readonly [FindingStatus, string, string])[] = [
  ['problem', 'problem', 'problems'],
  ['warning', 'warning', 'warnings'],
  ['unknown', 'unknown', 'unknown'],
  ['note', 'note', 'notes'],
  ['ok', 'fine', 'fine'],
]

export interface DoctorReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
}

/** An examination for a person and for a program; exit code 6 when something is wrong or could not be checked. */
export function reportExamination({ findings, healthy }: Examination): DoctorReport {
  const width = Math.max(...findings.map(({ key }) => key.length))
  const lines = findings.flatMap(({ key, status, sentence, next }) => [
    `${MARK[status]} ${key.padEnd(width)}  ${sentence}`,
    ...(next ? [`  ${' '.repeat(width)}  → ${next}`] : []),
  ])
  const counts = WORDS.map(([status, one, many]) => {
    const count = findings.filter(finding => finding.status === status).length
    return count > 0 ? plural(count, one, many) : ''
  })
  const summary = `${healthy ? 'Healthy' : 'Not healthy'}: ${counts.filter(Boolean).join(', ')}.`
  return {
    data: { ok: healthy, findings },
    text: [...lines, '', summary].join('\n'),
    exit: healthy ? EXIT.done : EXIT.unhealthy,
  }
}
