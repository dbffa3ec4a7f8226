import type { ParsedSettings } from '../settings/parse.ts'
import type { SettingKey } from '../settings/settings.ts'

/** One thing that is wrong with settings that are each right by themselves. */
export interface Violation {
  /** The setting to change. */
  readonly key: SettingKey
  /** What is wrong, and what to do about it. */
  readonly message: string
}

/** A rule about how settings fit together: pure, so that it is asked before anything is registered. */
export type GuardRail = (parsed: ParsedSettings) => readonly Violation[]

/** A violation where a condition holds. */
export const when = (condition: boolean, key: SettingKey, message: string): readonly Violation[] =>
  condition ? [{ key, message }] : []
