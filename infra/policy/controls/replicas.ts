import { isSet } from './inspections.ts'
import type { Registered } from './registered.ts'

/** A read replica takes its user, its password and its data from the instance it copies. */
export function isReplica({ inputs }: Registered): boolean {
  return isSet(inputs.replicateSourceDb)
}

export function isPrimary(instance: Registered): boolean {
  return !isReplica(instance)
}
