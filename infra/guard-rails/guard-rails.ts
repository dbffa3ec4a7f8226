import type { ParsedSettings } from '../settings/parse.ts'
import { SettingsError } from '../settings/settings-error.ts'
import { availability } from './availability.ts'
import { backupOwners, locks } from './backups.ts'
import { blueGreen } from './blue-green.ts'
import type { GuardRail } from './guard-rail.ts'
import { identity } from './identity.ts'
import { network } from './network.ts'
import { parameters } from './parameters.ts'
import { connectionBudget, tasks } from './pooler.ts'
import { exposure, production } from './production.ts'
import { regions } from './regions.ts'
import { replicas } from './replicas.ts'
import { source } from './source.ts'
import { storage } from './storage.ts'
import { tier } from './tier.ts'
import { windows } from './windows.ts'

/** Every rule, in the order of their reports. */
export const GUARD_RAILS: readonly GuardRail[] = [
  identity,
  regions,
  network,
  availability,
  exposure,
  production,
  tier,
  source,
  storage,
  windows,
  parameters,
  blueGreen,
  replicas,
  locks,
  backupOwners,
  tasks,
  connectionBudget,
]

/**
 * Asks every rule.
 * @throws SettingsError with all that is wrong
 */
export function refuseBadCombinations(stack: string, parsed: ParsedSettings): void {
  const violations = GUARD_RAILS.flatMap(rail => rail(parsed))
  if (violations.length > 0) throw new SettingsError(stack, violations)
}
