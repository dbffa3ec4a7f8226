import type { z } from 'zod'

/** Where a setting's value can come from, and what it means. */
export interface Setting {
  /** Environment variables, the strongest first. */
  readonly env: readonly [string, ...string[]]
  /** The flag as the argument parser wants it; absent where a value must never be on a command line. */
  readonly flag?: string
  readonly schema: z.ZodType
  readonly fallback?: unknown
  /** One sentence: what it is, its unit, what absence means. */
  readonly help: string
}

/** A setting, as narrow as it was written: its type is read off it. */
export const setting = <const S extends Setting>(value: S) => value
