import { closest, distance } from 'fastest-levenshtein'
import { rawSettings } from './raw.ts'
import type { Facts, Setting } from './setting.ts'
import { GROUP_NAMES, GROUPS, type GroupName, keyOf, type Settings } from './settings.ts'
import { type Problem, SettingsError } from './settings-error.ts'
import type { Tier } from './tiers.ts'

export interface ParsedSettings {
  readonly settings: Settings
  /** Keys that the stack gives, rather than the tier. */
  readonly given: ReadonlySet<string>
}

/**
 * Checks every value of a stack's configuration, as the engine hands it over: texts, and JSON for what is structured.
 * @throws SettingsError with all problems
 */
export function parseSettings(stack: string, config: Readonly<Record<string, string>>): ParsedSettings {
  const { values, unknownGroups, problems: malformed } = rawSettings(config)
  const problems: Problem[] = [...malformed, ...unknownGroups.map(key => unknown(key, 'platform'))]
  const given = new Set<string>()
  const parsed: Record<string, Record<string, unknown>> = {}
  for (const group of GROUP_NAMES) {
    const ofGroup: Record<string, unknown> = {}
    parsed[group] = ofGroup
    for (const [name, raw] of Object.entries(values[group] ?? {})) {
      const key = keyOf(group, name)
      const setting = settingOf(group, name)
      if (!setting) {
        if (group !== 'provider') problems.push(unknown(key, group))
        continue
      }
      given.add(key)
      const result = setting.schema.safeParse(raw)
      if (result.success) ofGroup[name] = result.data
      else
        problems.push(
          ...result.error.issues.map(({ path, message }) => ({
            key: [key, ...path.map(String)].join('.'),
            message,
          })),
        )
    }
  }
  problems.push(...missing(given))
  if (problems.length > 0) throw new SettingsError(stack, problems)
  return { settings: withDefaults(stack, parsed), given }
}

/** Own keys alone: `constructor` is no setting. */
function settingOf(group: GroupName, name: string): Setting | undefined {
  const settings: Readonly<Record<string, Setting>> = GROUPS[group]
  return Object.hasOwn(settings, name) ? settings[name] : undefined
}

function missing(given: ReadonlySet<string>): Problem[] {
  return GROUP_NAMES.flatMap(group =>
    Object.entries(GROUPS[group] as Readonly<Record<string, Setting>>)
      .filter(([name, { kind }]) => kind === 'required' && !given.has(keyOf(group, name)))
      .map(([name, { help }]) => ({ key: keyOf(group, name), message: `is missing. ${help}` })),
  )
}

function withDefaults(stack: string, parsed: Readonly<Record<string, Record<string, unknown>>>): Settings {
  const platform = parsed.platform ?? {}
  const tier = platform.tier as Tier
  const facts: Facts = {
    tier,
    production: (platform.production as boolean | undefined) ?? tier !== 'bronze',
    application: platform.application as string,
    region: parsed.provider?.region as string,
    recoveryRegion: platform.recoveryRegion as string | undefined,
  }
  const groups = GROUP_NAMES.map(group => [group, fill(group, parsed[group] ?? {}, facts)])
  return {
    ...Object.fromEntries(groups),
    environment: (platform.environment as string | undefined) ?? stack,
  } as unknown as Settings
}

function fill(group: GroupName, parsed: Record<string, unknown>, facts: Facts): Record<string, unknown> {
  const entries = Object.entries(GROUPS[group] as Readonly<Record<string, Setting>>)
  return Object.fromEntries(
    entries.map(([name, setting]) => [
      name,
      Object.hasOwn(parsed, name)
        ? parsed[name]
        : setting.kind === 'defaulted'
          ? setting.fallback(facts)
          : undefined,
    ]),
  )
}

function unknown(key: string, group: GroupName): Problem {
  const siblings = Object.keys(GROUPS[group]).map(name => keyOf(group, name))
  const groups = GROUP_NAMES.filter(name => name !== 'provider' && name !== 'platform')
  const candidates = group === 'platform' ? [...siblings, ...groups.map(name => `howdah:${name}`)] : siblings
  const near = closest(key, candidates)
  const name = key.slice(key.search(/[.:][^.:]*$/) + 1)
  const suggestion = distance(key, near) <= Math.max(2, name.length / 3) ? `; did you mean ${near}?` : ''
  return { key, message: `is no setting${suggestion}` }
}
