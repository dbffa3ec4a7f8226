import type { ParsedSettings } from '../settings/parse.ts'
import { SettingsError } from '../settings/settings-error.ts'
import type { GuardRail } from './guard-rail.ts'

/** Every rule. */
export const GUARD_RAILS: Readonly<Record<string, GuardRail>> = {}

/**
 * Asks every rule.
 * @throws SettingsError with all that is wrong
 */
export function refuseBadCombinations(stack: string, parsed: ParsedSettings): void {
  const violations = Object.values(GUARD_RAILS).flatMap(rail => rail(parsed))
  if (violations.length > 0) throw new SettingsError(stack, violations)
}
