import { type AllowedGates, GATES } from '../gates/gates.ts'

/** Gates keep deploy from doing something doubtful; whoever only looks passes them all. */
export function everyGate(reason: string): AllowedGates {
  return new Map(GATES.map(gate => [gate, reason]))
}
