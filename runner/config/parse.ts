import { closest, distance } from 'fastest-levenshtein'
import { HowdahError } from '../core/errors.ts'
import { HOOK_FACT_NAMES, hookVariable } from './hook-variables.ts'
import { CA_VARIABLE, withLibpqVariables } from './libpq-variables.ts'
import type { Setting } from './setting.ts'
import { type Config, flagNameOf, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts'

/** One place that gives values, as yet untrusted. `origin` names it in messages: `DATABASE_URL`, `howdah.config.ts`. */
export interface Layer {
  readonly values: Readonly<Record<string, unknown>>
  readonly origin: (setting: string) => string
}

/** Where each value came from: a variable, a flag, a file, or `default`. */
export type Provenance = Readonly<Record<SettingName, string>>

export interface ParsedConfig {
  readonly config: Config
  readonly provenance: Provenance
}

/**
 * Merges the layers, weakest first, and checks every value. All problems are reported together; unknown keys
 * are refused with a suggestion.
 * @throws HowdahError settings-invalid
 */
export function parseConfig(layers: readonly Layer[]): ParsedConfig {
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  const provenance: Record<string, string> = {}
  for (const layer of layers) problems.push(...unknownKeys(layer))
  for (const name of SETTING_NAMES) {
    const entry: Setting = SETTINGS[name]
    const layer = layers.findLast(candidate => candidate.values[name] !== undefined)
    config[name] = entry.fallback
    provenance[name] = 'default'
    if (!layer) continue
    const result = entry.schema.safeParse(layer.values[name])
    provenance[name] = layer.origin(name)
    if (result.success) config[name] = result.data
    else
      problems.push(
        ...result.error.issues.map(issue => `${name} (from ${layer.origin(name)}): ${issue.message}`),
      )
  }
  if (problems.length > 0) throw new HowdahError('settings-invalid', { problems })
  return { config: config as unknown as Config, provenance: provenance as Provenance }
}

const VARIABLES: readonly string[] = SETTING_NAMES.flatMap(name => [...SETTINGS[name].env])

function unknownKeys(layer: Layer): string[] {
  const known = new Set<string>(SETTING_NAMES)
  return Object.keys(layer.values)
    .filter(key => !known.has(key))
    .map(key => {
      const near = closest(key, key.startsWith('HOWDAH_') ? VARIABLES : SETTING_NAMES)
      const suggestion = distance(key, near) <= Math.max(2, key.length / 3) ? `; did you mean ${near}?` : ''
      return `unknown setting ${key} in ${layer.origin(key)}${suggestion}`
    })
}

/** Settings that lead to the database. */
const URLS: ReadonlySet<string> = new Set<SettingName>(['databaseUrl', 'directUrl'])

/** The values the environment gives. An empty variable counts as absent, as shells and CI systems leave many behind. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const values: Record<string, unknown> = {}
  const origins: Record<string, string> = {}
  for (const name of SETTING_NAMES) {
    const variable = SETTINGS[name].env.find(candidate => env[candidate])
    if (!variable) continue
    const value = env[variable] ?? ''
    values[name] = URLS.has(name) ? withLibpqVariables(value, env) : value
    origins[name] = variable
  }
  return { values: { ...values, ...unknownVariables(env) }, origin: key => origins[key] ?? 'the environment' }
}

/** Set for us by ourselves, where a hook runs a verb. */
const HOOK_VARIABLES: readonly string[] = HOOK_FACT_NAMES.map(hookVariable)

const KNOWN_VARIABLES: ReadonlySet<string> = new Set([...VARIABLES, ...HOOK_VARIABLES, CA_VARIABLE])

/** Variables in our own name space that are no setting: a misspelt one must not be ignored silently. */
function unknownVariables(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const unknown = Object.keys(env).filter(
    name => name.startsWith('HOWDAH_') && !KNOWN_VARIABLES.has(name) && env[name],
  )
  return Object.fromEntries(unknown.map(name => [name, env[name]]))
}

/** The values given by flags, keyed as settings. */
export function flagLayer(values: Readonly<Record<string, unknown>>): Layer {
  return { values, origin: key => flagNameOf(key as SettingName) ?? `--${key}` }
}
