import type { HowdahError } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { formatDuration, plural } from '../core/units.ts'
import type { MigrationState } from './compare.ts'
import type { DeployOutcome } from './deploy.ts'
import type { StatusOutcome } from './status.ts'
import type { StepOutcome, StepState } from './step-outcome.ts'

export interface MigrateReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
  readonly error?: HowdahError
}

const STEP_MARK: Record<StepState, string> = { applied: '✔', skipped: '=', failed: '✘', 'not-run': '·' }

export function reportDeploy({ steps, error, total }: DeployOutcome): MigrateReport {
  const data = { ok: error === undefined, migrations: total, steps }
  if (error)
    return {
      data: { ...data, exitCode: error.exit, error: error.report() },
      text: stepLines(steps),
      exit: error.exit,
      error,
    }
  if (steps.length === 0)
    return {
      data,
      text: `Nothing to do: ${plural(total, 'migration')} and their extra SQL are applied.`,
      exit: EXIT.done,
    }
  const done = new Set(steps.map(step => step.migration)).size
  return {
    data,
    text: `${stepLines(steps)}\n${plural(done, 'migration')} brought up to date.`,
    exit: EXIT.done,
  }
}

export function stepLines(steps: readonly StepOutcome[]): string {
  return steps
    .map(({ migration, file, line, state, summary, durationMs, attempts }) => {
      const time = durationMs === null ? 'not run' : formatDuration(durationMs)
      const tries = attempts > 1 ? `, ${attempts} attempts` : ''
      return `${STEP_MARK[state]} ${migration}/${file}:${line}  ${summary}  (${time}${tries})`
    })
    .join('\n')
}

const STATE_MARK: Record<MigrationState, string> = {
  applied: '✔',
  pending: '…',
  edited: '✘',
  failed: '✘',
  recoverable: '!',
  'half-undone': '!',
}
const STATE_WORDS: Record<MigrationState, string> = {
  applied: 'applied',
  pending: 'pending',
  edited: 'edited after it was applied',
  failed: 'failed or cut off, extent unknown',
  recoverable: 'failed or cut off; deploy goes on from there',
  'half-undone':
    'half undone: its rollback failed or was cut off; `howdah migrate rollback` goes on from there',
}

export function reportStatus({
  comparison,
  pendingExtra,
  pendingRepeatables,
  refusal,
}: StatusOutcome): MigrateReport {
  const rows = comparison.migrations.map(({ files, state, row }) => ({
    migration: files.name,
    state,
    finishedAt: row?.finishedAt?.toISOString() ?? null,
    pendingExtra: pendingExtra.get(files.name) ?? 0,
  }))
  const clean =
    refusal === undefined &&
    rows.every(row => row.state === 'applied' && row.pendingExtra === 0) &&
    pendingRepeatables.length === 0
  const lines = rows.map(row => {
    const extra =
      row.state === 'applied' && row.pendingExtra > 0
        ? `, ${plural(row.pendingExtra, 'extra statement')} pending`
        : ''
    return `${extra ? '…' : STATE_MARK[row.state]} ${row.migration}  ${STATE_WORDS[row.state]}${extra}`
  })
  lines.push(...pendingRepeatables.map(name => `… repeatable/${name}  new, or changed since it was applied`))
  lines.push(...comparison.missingOnDisk.map(name => `! ${name}  applied, but not on disk`))
  lines.push(verdict(clean, refusal))
  const exit = clean ? EXIT.done : EXIT.unhealthy
  const data = {
    ok: clean,
    migrations: rows,
    pendingRepeatables,
    missingOnDisk: comparison.missingOnDisk,
    refusal: refusal?.report() ?? null,
    exitCode: exit,
  }
  return { data, text: lines.join('\n'), exit }
}

function verdict(clean: boolean, refusal: HowdahError | undefined): string {
  if (refusal) return `deploy would refuse: ${refusal.message}\n${refusal.hint}`
  return clean ? 'Up to date.' : 'Run `howdah migrate deploy`.'
}
