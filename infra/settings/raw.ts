import { GROUP_NAMES, GROUPS, type GroupName } from './settings.ts'
import type { Problem } from './settings-error.ts'

interface RawSettings {
  readonly values: Readonly<Partial<Record<GroupName, Readonly<Record<string, unknown>>>>>
  /** Keys at the top that are neither a setting nor a group of them. */
  readonly unknownGroups: readonly string[]
  readonly problems: readonly Problem[]
}

/** The engine's flat configuration by group; groups are JSON in it. Keys of other programs and providers are left alone. */
export function rawSettings(config: Readonly<Record<string, string>>): RawSettings {
  const values: Partial<Record<GroupName, Record<string, unknown>>> = { provider: {}, platform: {} }
  const unknownGroups: string[] = []
  const problems: Problem[] = []
  for (const [key, value] of Object.entries(config)) {
    const [space = '', name = ''] = split(key)
    if (space === 'aws' && Object.hasOwn(GROUPS.provider, name))
      values.provider = { ...values.provider, [name]: value }
    if (space !== 'howdah') continue
    if (Object.hasOwn(GROUPS.platform, name)) values.platform = { ...values.platform, [name]: value }
    else if (isGroup(name)) {
      const group = objectOf(value)
      if (group) values[name] = group
      else problems.push({ key, message: `must be a group of settings, as ${key}: {…}` })
    } else unknownGroups.push(key)
  }
  return { values, unknownGroups, problems }
}

const split = (key: string) => [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]

const isGroup = (name: string): name is GroupName =>
  name !== 'provider' && name !== 'platform' && (GROUP_NAMES as readonly string[]).includes(name)

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
