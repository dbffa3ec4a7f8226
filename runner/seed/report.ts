import type { HowdahError } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { formatCount, formatDuration, plural } from '../core/units.ts'
import { rowsPerSecond } from './rate.ts'
import type { ProfileOutcome, SeedOutcome } from './seed.ts'

export interface SeedReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
  readonly error?: HowdahError
}

const MARK = { planned: '…', applied: '✔', failed: '✘', 'not-run': '·' } as const

/** The outcome for a person and for a program. The one place that reveals passwords made in this run. */
export function reportSeed(
  { profiles, generatedPasswords, error }: SeedOutcome,
  dryRun: boolean,
): SeedReport {
  const passwords = generatedPasswords.map(({ account, password }) => ({
    account,
    password: password.reveal(),
  }))
  const data = {
    ok: error === undefined,
    ...(dryRun ? { dryRun } : {}),
    profiles: profiles.map(each => ({ ...each, ...totalsOf(each) })),
    generatedPasswords: passwords,
    ...(error ? { exitCode: error.exit, error: error.report() } : {}),
  }
  const lines = profiles.flatMap(profileLines)
  for (const { account, password } of passwords)
    lines.push('', `Password of ${account}, shown this once:`, `  ${password}`)
  const text = lines.join('\n')
  return error ? { data, text, exit: error.exit, error } : { data, text, exit: EXIT.done }
}

function totalsOf({ tables, durationMs }: ProfileOutcome) {
  const made = tables.reduce((sum, each) => sum + each.made, 0)
  const alreadyThere = tables.reduce((sum, each) => sum + each.alreadyThere, 0)
  return { made, alreadyThere, rowsPerSecond: rowsPerSecond(made, durationMs) }
}

function profileLines(outcome: ProfileOutcome): string[] {
  return [
    `${MARK[outcome.state]} ${outcome.profile}: ${sentence(outcome)}`,
    ...tableLines(outcome),
    ...notes(outcome),
  ]
}

function sentence(outcome: ProfileOutcome): string {
  const { made, alreadyThere, rowsPerSecond: rate } = totalsOf(outcome)
  const time = formatDuration(outcome.durationMs)
  switch (outcome.state) {
    case 'not-run':
      return 'not run'
    case 'planned':
      return `would make ${plural(made, 'row')}; ${formatCount(alreadyThere)} there already`
    case 'failed':
      return `failed after ${plural(made, 'row')} in ${time}`
    case 'applied':
      return made === 0 && alreadyThere > 0
        ? `nothing to do; ${plural(alreadyThere, 'row')} of it there before`
        : `${plural(made, 'row')} in ${time} (${formatCount(rate)} rows/s)`
  }
}

function tableLines({ tables }: ProfileOutcome): string[] {
  if (tables.length === 0) return []
  const rows = [
    ['table', 'made', 'there before'] as const,
    ...tables.map(each => [each.table, formatCount(each.made), formatCount(each.alreadyThere)] as const),
  ]
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map(row => row[column].length))
  const [table, made, there] = [width(0), width(1), width(2)]
  return rows.map(row => `  ${row[0].padEnd(table)}  ${row[1].padStart(made)}  ${row[2].padStart(there)}`)
}

function notes(outcome: ProfileOutcome): string[] {
  return outcome.notes.map(note => `  - ${note}`)
}
