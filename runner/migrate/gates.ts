import { HowdahError } from '../core/errors.ts'
import type { Comparison } from './compare.ts'

/** What deploy refuses unless it is allowed by name, with a reason that is recorded. */
export const GATES = ['edited', 'out-of-order', 'duplicate-prefix'] as const

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

/** @throws HowdahError gate-closed for the first closed gate that is not allowed */
export function requireOpenGates(comparison: Comparison, allowed: AllowedGates): void {
  for (const { gate, problem, instead } of closedGates(comparison)) {
    if (!allowed.has(gate)) throw new HowdahError('gate-closed', { gate, problem, instead })
  }
}

interface ClosedGate {
  readonly gate: Gate
  readonly problem: string
  readonly instead: string
}

function closedGates({ migrations }: Comparison): ClosedGate[] {
  const names = migrations.map(({ files }) => files.name)
  const applied = migrations
    .filter(({ state }) => state === 'applied' || state === 'edited')
    .map(({ files }) => files.name)
  const newest = applied.at(-1)
  const pending = migrations.filter(({ state }) => state === 'pending').map(({ files }) => files.name)
  const closed: ClosedGate[] = []
  for (const { files, state } of migrations) {
    if (state !== 'edited') continue
    const problem = `${files.name}/migration.sql was edited after it was applied: its checksum differs from the recorded one`
    const instead =
      'Restore the applied text (`git log -p` on the file shows it) and put the change into a new migration; where the edit changed nothing, `howdah migrate repair` brings the record up to date'
    closed.push({ gate: 'edited', problem, instead })
  }
  for (const name of pending) {
    // The migrations come in the order of their names.
    if (newest !== undefined && names.indexOf(name) < names.indexOf(newest)) {
      const problem = `${name} is pending but older than ${newest}, which is applied: elsewhere they ran, or will run, the other way round`
      closed.push({
        gate: 'out-of-order',
        problem,
        instead: `Give the folder a newer timestamp: mv ${name} ${renamed(name)}`,
      })
    }
    const twin = names.find(
      other => other !== name && prefixOf(other) !== undefined && prefixOf(other) === prefixOf(name),
    )
    if (twin === undefined) continue
    const problem = `${name} and ${twin} have the same timestamp: what decides their order is the rest of their names`
    closed.push({
      gate: 'duplicate-prefix',
      problem,
      instead: `Give one of them another timestamp: mv ${name} ${renamed(name)}`,
    })
  }
  return closed
}

const prefixOf = (name: string) => /^(\d{14})_/.exec(name)?.[1]

const renamed = (name: string) => name.replace(/^\d+/, '<YYYYMMDDHHMMSS>')
