import type { z } from 'zod'
import type { Tier } from './tiers.ts'

/** What a default may depend on. */
export interface Facts {
  readonly tier: Tier
  readonly production: boolean
  readonly application: string
  readonly region: string
  readonly recoveryRegion: string | undefined
}

interface Documented<S extends z.ZodType> {
  readonly schema: S
  /** One sentence: what it is, its unit, what absence means. */
  readonly help: string
}

export interface Required<S extends z.ZodType = z.ZodType> extends Documented<S> {
  readonly kind: 'required'
}
export interface Optional<S extends z.ZodType = z.ZodType> extends Documented<S> {
  readonly kind: 'optional'
}
export interface Defaulted<S extends z.ZodType = z.ZodType> extends Documented<S> {
  readonly kind: 'defaulted'
  readonly fallback: (facts: Facts) => z.output<S>
}

export type Setting<S extends z.ZodType = z.ZodType> = Required<S> | Optional<S> | Defaulted<S>
export type SettingGroup = Readonly<Record<string, Setting>>

export type ValueOf<T extends Setting> =
  T extends Optional<infer S>
    ? z.output<S> | undefined
    : T extends Required<infer S>
      ? z.output<S>
      : T extends Defaulted<infer S>
        ? z.output<S>
        : never
export type ValuesOf<G extends SettingGroup> = { readonly [K in keyof G]: ValueOf<G[K]> }

export const required = <S extends z.ZodType>(schema: S, help: string): Required<S> => ({
  kind: 'required',
  schema,
  help,
})

export const optional = <S extends z.ZodType>(schema: S, help: string): Optional<S> => ({
  kind: 'optional',
  schema,
  help,
})

/** `fallback` is a value, or what it follows from. */
export const defaulted = <S extends z.ZodType>(
  schema: S,
  fallback: z.output<S> | ((facts: Facts) => z.output<S>),
  help: string,
): Defaulted<S> => ({
  kind: 'defaulted',
  schema,
  fallback: typeof fallback === 'function' ? (fallback as (facts: Facts) => z.output<S>) : () => fallback,
  help,
})

/** A default for each tier. */
export const byTier =
  <const V>(bronze: V, silver: V, gold: V) =>
  ({ tier }: Facts): V =>
    ({ bronze, silver, gold })[tier]

/** A default for what people depend on, and one for what they try things out with. */
export const inProduction =
  <const V>(production: V, otherwise: V) =>
  (facts: Facts): V =>
    facts.production ? production : otherwise
