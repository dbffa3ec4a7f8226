import type { HowdahError } from '../core/errors.ts'
import { EXIT, type ExitCode } from '../core/exit-codes.ts'
import { formatDuration, plural } from '../core/units.ts'
import type { FleetOutcome } from './control/fleet.ts'
import type { RepointOutcome } from './control/repoint.ts'
import type { FleetStatus } from './control/status.ts'
import type { RotateOutcome } from './credentials/rotate.ts'
import type { SetupAuthOutcome } from './credentials/setup-auth.ts'

/** An outcome for a person and for a program. */
export interface PoolerReport {
  readonly data: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exit: ExitCode
  readonly error?: HowdahError
}

/** Status: unhealthy where anything is not as it should be. */
export function reportStatus({ processes, problems }: FleetStatus): PoolerReport {
  const lines = processes.flatMap(
    ({ pooler, state, version, databases, clients, waiting, longestWaitMs }) => [
      `${state === 'running' ? '✔' : '✘'} ${pooler} ${state}${version ? `, ${version}` : ''}, ${plural(clients, 'client')}, ${waiting} waiting${waiting > 0 ? ` (up to ${formatDuration(longestWaitMs)})` : ''}`,
      ...databases.map(
        ({ name, host, port, serverConnections, paused }) =>
          `    ${name} → ${host}:${port}, ${plural(serverConnections, 'server connection')}${paused ? ', paused' : ''}`,
      ),
    ],
  )
  const ok = problems.length === 0
  const text = [...lines, ...problems.map(problem => `! ${problem}`)].join('\n')
  return { data: { ok, processes, problems }, text, exit: ok ? EXIT.done : EXIT.unhealthy }
}

/** PAUSE, RESUME, RECONNECT and RELOAD. */
export function reportFleet({ command, outcomes, durationMs, error }: FleetOutcome): PoolerReport {
  const mark = { done: '✔', failed: '✘', planned: '·' }
  const lines = outcomes.map(
    ({ pooler, state, reason }) =>
      `${mark[state]} ${pooler} ${state === 'planned' ? `would be told ${command}` : command}${reason ? `: ${reason}` : ''}`,
  )
  const done = outcomes.filter(({ state }) => state === 'done').length
  lines.push(
    `${command}: ${done} of ${plural(outcomes.length, 'process', 'processes')} in ${formatDuration(durationMs)}`,
  )
  const data = { ok: error === undefined, command, poolers: outcomes, durationMs }
  return ended(data, lines.join('\n'), error)
}

export function reportRepoint({ error, ...outcome }: RepointOutcome): PoolerReport {
  const { from, to, poolers, databases, state, frozenMs } = outcome
  const what = `${databases.join(', ')} of ${plural(poolers.length, 'process', 'processes')}`
  const text = {
    planned: `Would move ${what} from ${from} to ${to}.`,
    moved: `Moved ${what} from ${from} to ${to}; clients waited for ${formatDuration(frozenMs)}.`,
    'already-there': `Nothing to move: ${plural(poolers.length, 'process', 'processes')} at ${to}, none paused.`,
  }[state]
  return ended({ ok: error === undefined, ...outcome }, text, error)
}

/** Never with the password. */
export function reportRotation(outcome: RotateOutcome): PoolerReport {
  const { user, before, place, state } = outcome
  const still = before ? `; ${before.user} is let in until ${before.until}` : ''
  const text = {
    planned: `Would give ${user} a new password and tell ${place}${before ? ` in place of ${before.user}` : ''}.`,
    rotated: `${user} has a new password, and ${place} was told${still}.`,
    finished: `${place} had been told of ${user} by a run that was cut off; it is written down now${still}.`,
  }[state]
  return { data: { ok: true, ...outcome }, text, exit: EXIT.done }
}

/** As SQL that can be run. */
export function reportSetupAuth({ role, database, steps, applied }: SetupAuthOutcome): PoolerReport {
  const data = { ok: true, role, database, applied, statements: steps }
  if (steps.length === 0)
    return { data, text: `Nothing to do: role ${role} may look passwords up.`, exit: EXIT.done }
  const lines = steps.map(({ sql, why }) => `-- ${why}\n${sql};`)
  const end = applied
    ? `-- Role ${role}: ${plural(steps.length, 'statement')} applied.`
    : '-- To carry it out: howdah setup pooler-auth --apply'
  return { data, text: [...lines, end].join('\n'), exit: EXIT.done }
}

const ended = (
  data: Readonly<Record<string, unknown>>,
  text: string,
  error: HowdahError | undefined,
): PoolerReport => ({ data, text, exit: error?.exit ?? EXIT.done, ...(error ? { error } : {}) })
