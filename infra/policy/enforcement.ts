/** What a violation means on a stack. */
export type Stance =
  | { readonly level: 'mandatory' }
  /** `advisory`: said, and the update goes on. `waived`: said in the report alone. */
  | { readonly level: 'advisory' | 'waived'; readonly reason: string }

/** By the name of a stack; one that is not named here is held to everything. */
export type Enforcement = Readonly<Record<string, Stance>>

/** The stacks that come with the project, as the report lists them. */
export const STACKS = ['prod', 'staging', 'dev'] as const

export const everywhere: Enforcement = {}

/** Waived on `dev` alone. */
export function waivedOnDev(reason: string): Enforcement {
  return { dev: { level: 'waived', reason } }
}

/** Advisory on `dev` alone. */
export function advisoryOnDev(reason: string): Enforcement {
  return { dev: { level: 'advisory', reason } }
}

export function stanceOn(enforcement: Enforcement, stack: string): Stance {
  return enforcement[stack] ?? { level: 'mandatory' }
}
