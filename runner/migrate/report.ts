import type { HowdahError } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { formatDuration, plural } from '../core/units.ts'
import type { PoolerOutcome } from '../pooler/pooler.ts'
import type { DeployOutcome } from './deploy.ts'
import type { StepOutcome, StepState } from './execute/step-outcome.ts'
import { closingText } from './execute/tell-poolers.ts'
import type { MigrationState } from './history/compare.ts'
import type { HookOutcome } from './hooks/hook-outcome.ts'
import type { StatusOutcome } from './status.ts'

export interface MigrateReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
  readonly error?: HowdahError
}

const STEP_MARK: Record<StepState, string> = { applied: '✔', skipped: '=', failed: '✘', 'not-run': '·' }

export function reportDeploy(outcome: DeployOutcome): MigrateReport {
  const { steps, hooks, poolers, error, total, live } = outcome
  const { drift = null, disk = null } = live
  const data = { ok: error === undefined, migrations: total, steps, hooks, poolers, drift, disk }
  const text = [...outcomeLines(outcome), ...deployVerdict(outcome)].join('\n')
  if (!error) return { data, text, exit: EXIT.done }
  return { data: { ...data, exitCode: error.exit, error: error.report() }, text, exit: error.exit, error }
}

/** What of the schema stands; an error of a hook or a pooler at the end takes nothing of it back. */
function deployVerdict({ steps, error, total }: DeployOutcome): string[] {
  const notTold = error?.code === 'pooler-not-told'
  if (steps.length === 0 && error && !notTold) return []
  if (steps.length === 0)
    return [`Nothing to do: ${plural(total, 'migration')} and their extra SQL are applied.`]
  const complete = steps.every(({ state }) => state === 'applied' || state === 'skipped')
  if (error && !(complete && (notTold || error.code === 'hook-failed'))) return []
  return [`${plural(new Set(steps.map(step => step.migration)).size, 'migration')} brought up to date.`]
}

/** In the order of the run: each migration's steps between its hooks, all of it between the hooks of the run. */
function outcomeLines({ steps, hooks, poolers }: DeployOutcome): string[] {
  const own = (event: HookOutcome['event'], migration: string | null) =>
    hooks.filter(hook => hook.event === event && hook.migration === migration).map(hookLine)
  const stepsOf = Map.groupBy(steps, ({ migration }) => migration)
  const migrations = new Set([...hooks.flatMap(({ migration }) => migration ?? []), ...stepsOf.keys()])
  return [
    ...own('before-run', null),
    ...[...migrations].flatMap(name => [
      ...own('before-migration', name),
      ...(stepsOf.get(name) ?? []).map(stepLine),
      ...own('after-migration', name),
    ]),
    ...poolers.map(poolerLine),
    ...own('after-run', null),
  ]
}

/** One line a step. */
export function stepLines(steps: readonly StepOutcome[]): string {
  return steps.map(stepLine).join('\n')
}

function stepLine({ migration, file, line, state, summary, durationMs, attempts }: StepOutcome): string {
  const tries = attempts > 1 ? `, ${attempts} attempts` : ''
  return `${STEP_MARK[state]} ${migration}/${file}:${line}  ${summary}  (${timeOf(durationMs)}${tries})`
}

const HOOK_MARK: Record<HookOutcome['state'], string> = { done: '✔', failed: '✘', 'not-run': '·' }

function hookLine({ hook, migration, state, durationMs }: HookOutcome): string {
  const place = migration === null ? '' : `  ${migration}`
  return `${HOOK_MARK[state]} hooks/${hook}${place}  (${timeOf(durationMs)})`
}

export function poolerLine(told: PoolerOutcome): string {
  const { pooler, state, reason, durationMs } = told
  const what = state === 'told' ? `told to reconnect, ${closingText(told)}` : `not told: ${reason}`
  return `${state === 'told' ? '✔' : '✘'} PgBouncer ${pooler}  ${what}  (${timeOf(durationMs)})`
}

const timeOf = (durationMs: number | null) => (durationMs === null ? 'not run' : formatDuration(durationMs))

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
