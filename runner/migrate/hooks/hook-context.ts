import { escapeLiteral } from 'pg'
import { HOOK_FACT_NAMES, type HookFact, hookSetting, hookVariable } from '../../config/hook-variables.ts'

/** What one hook is told. */
export type HookContext = Readonly<Partial<Record<HookFact, string>>>

/** Linux takes 128 KiB in one variable, its name included. */
const LONGEST_LIST_BYTES = 90 * 1024

/** The names, one a line, as many as one variable holds. */
export function listed(names: readonly string[]): string {
  let bytes = 0
  const fitting = names.findIndex(name => {
    bytes += Buffer.byteLength(name) + 1
    return bytes > LONGEST_LIST_BYTES
  })
  return names.slice(0, fitting === -1 ? undefined : fitting).join('\n')
}

/** The environment of a program: our own, so that it finds what we found, and the facts. Nothing secret is added. */
export function hookEnvironment(
  context: HookContext,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const facts = HOOK_FACT_NAMES.map(fact => [hookVariable(fact), context[fact]] as const)
  return { ...own, ...Object.fromEntries(facts) }
}

/** The facts as settings that end with the transaction; every one of them, since an unknown setting is an error to read. */
export function hookSettings(context: HookContext): string {
  const calls = HOOK_FACT_NAMES.map(
    fact => `set_config(${escapeLiteral(hookSetting(fact))}, ${escapeLiteral(context[fact] ?? '')}, true)`,
  )
  return `SELECT ${calls.join(', ')}`
}
