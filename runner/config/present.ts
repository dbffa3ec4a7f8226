import { Secret } from '../core/secret.ts'
import type { ParsedConfig } from './parse.ts'
import type { Setting } from './setting.ts'
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts'

/** One setting as a person or program may see it; a secret's value is `[set]`. */
export interface SettingRow {
  readonly name: SettingName
  readonly value: string | number | boolean | null
  readonly origin: string
}

export function settingRows({ config, provenance }: ParsedConfig): SettingRow[] {
  return SETTING_NAMES.map(name => {
    const value = config[name]
    return {
      name,
      value: presentable(value),
      origin: provenance[name],
    }
  })
}

function presentable(value: ParsedConfig['config'][SettingName]): SettingRow['value'] {
  if (value instanceof Secret || Array.isArray(value)) return String(value)
  return typeof value === 'object' ? JSON.stringify(value) : (value ?? null)
}

/** The README's table of settings, as Markdown. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map(name => {
    const entry: Setting = SETTINGS[name]
    const flag = entry.flag ? `\`${entry.flag}\`` : ''
    const fallback = entry.fallback === undefined ? '' : `\`${String(entry.fallback)}\``
    return `| \`${name}\` | ${flag} | ${entry.env.map(variable => `\`${variable}\``).join(', ')} | ${fallback} | ${entry.help} |`
  })
  return [
    '| setting | flag | environment | default | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
