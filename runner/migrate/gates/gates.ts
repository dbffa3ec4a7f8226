import { HowdahError } from '../../core/errors.ts'
import type { Comparison } from '../history/compare.ts'

/** What deploy refuses unless it is allowed by name, with a reason that is recorded. */
export const GATES = ['edited', 'out-of-order', 'duplicate-prefix', 'cut-off', 'drift', 'disk-space'] as const

export type Gate = (typeof GATES)[number]

/** Gates that were allowed, each with its reason. */
export type AllowedGates = ReadonlyMap<Gate, string>

/**
 * Reads `--allow <gate>=<reason>`, given as often as needed.
 * @throws HowdahError usage-invalid
 */
export function parseAllowed(values: readonly string[], command: string): AllowedGates {
  return new Map(
    values.map(value => {
      const [, name, reason] = /^([a-z-]+)=(.+)$/s.exec(value) ?? []
      const gate = GATES.find(each => each === name)
      if (gate && reason?.trim()) return [gate, reason.trim()] as const
      const problem = `--allow ${value}: it takes a gate and a reason, as in --allow "${GATES[1]}=merged late, independent". Gates: ${GATES.join(', ')}`
      throw new HowdahError('usage-invalid', { problem, command })
    }),
  )
}

/** Why deploy should not go on, and what to do about it. */
export interface ClosedGate {
  readonly gate: Gate
  readonly problem: string
  /** The way out besides letting it through. */
  readonly instead: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** @throws HowdahError gate-closed for the first closed gate that is not allowed */
export function requireOpen(closed: readonly ClosedGate[], allowed: AllowedGates): void {
  for (const { gate, problem, instead, details = {} } of closed) {
    if (!allowed.has(gate)) throw new HowdahError('gate-closed', { gate, problem, instead }, { details })
  }
}

/** What disk and history say against a deploy: nothing in them is edited, late or ambiguous. */
export function historyGates({ migrations }: Comparison): ClosedGate[] {
  const names = migrations.map(({ files }) => files.name)
  const places = new Map(names.map((name, place) => [name, place]))
  const byPrefix = Map.groupBy(names, prefixOf)
  const newest = migrations.findLast(({ state }) => state === 'applied' || state === 'edited')?.files.name
  const newestPlace = newest === undefined ? -1 : (places.get(newest) ?? -1)
  return migrations.flatMap(({ files: { name }, state }): ClosedGate[] => {
    if (state === 'edited') return [editedGate(name)]
    if (state !== 'pending') return []
    // The migrations come in the order of their names.
    const late = newest !== undefined && (places.get(name) ?? 0) < newestPlace ? [lateGate(name, newest)] : []
    const prefix = prefixOf(name)
    const twin = prefix === undefined ? undefined : byPrefix.get(prefix)?.find(other => other !== name)
    return twin === undefined ? late : [...late, twinGate(name, twin)]
  })
}

function editedGate(name: string): ClosedGate {
  return {
    gate: 'edited',
    problem: `${name}/migration.sql was edited after it was applied: its checksum differs from the recorded one`,
    instead:
      'Restore the applied text (`git log -p` on the file shows it) and put the change into a new migration; where the edit changed nothing, `howdah migrate repair` brings the record up to date',
  }
}

function lateGate(name: string, newest: string): ClosedGate {
  return {
    gate: 'out-of-order',
    problem: `${name} is pending but older than ${newest}, which is applied: elsewhere they ran, or will run, the other way round`,
    instead: `Give the folder a newer timestamp: mv ${name} ${renamed(name)}`,
  }
}

function twinGate(name: string, twin: string): ClosedGate {
  return {
    gate: 'duplicate-prefix',
    problem: `${name} and ${twin} have the same timestamp: what decides their order is the rest of their names`,
    instead: `Give one of them another timestamp: mv ${name} ${renamed(name)}`,
  }
}

const prefixOf = (name: string) => /^(\d{14})_/.exec(name)?.[1]

const renamed = (name: string) => name.replace(/^\d+/, '<YYYYMMDDHHMMSS>')
