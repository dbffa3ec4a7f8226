import { refuseBadCombinations } from '../../infra/guard-rails/guard-rails.ts'
import { parseSettings } from '../../infra/settings/parse.ts'
import type { SettingKey } from '../../infra/settings/settings.ts'
import { SettingsError } from '../../infra/settings/settings-error.ts'

export type Config = Readonly<Record<string, unknown>>

export const ACCOUNT = '333344445555'

/** Production as it should be, in three sizes. */
export const GOLD: Config = {
  'aws:region': 'eu-central-1',
  'aws:allowedAccountIds': [ACCOUNT],
  'howdah:application': 'shop',
  'howdah:tier': 'gold',
  'howdah:recoveryRegion': 'eu-west-1',
  'howdah:owner': 'team',
  'howdah:alarms': { emails: ['oncall@example.com'] },
}
export const SILVER: Config = { ...GOLD, 'howdah:tier': 'silver' }
export const BRONZE: Config = { ...GOLD, 'howdah:tier': 'bronze', 'howdah:recoveryRegion': undefined }

/** Configuration as the engine gives it: texts. */
const asTexts = (config: Config) =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )

export function refusal(config: Config): SettingsError | undefined {
  try {
    refuseBadCombinations('prod', parseSettings('prod', asTexts(config)))
    return undefined
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
}

export interface Case {
  /** What is done, as a sentence's beginning. */
  readonly what: string
  readonly on: Config
  readonly config: Config
  /** The keys that have to change, in the order of the report. */
  readonly keys: readonly SettingKey[]
  readonly says: RegExp
}

export const bad = (
  what: string,
  on: Config,
  config: Config,
  keys: SettingKey | readonly SettingKey[],
  says: RegExp,
): Case => ({ what, on, config, keys: typeof keys === 'string' ? [keys] : keys, says })

export const database = (values: Config): Config => ({ 'howdah:database': values })
export const backups = (values: Config): Config => ({ 'howdah:backups': values })
export const replicas = (values: Config): Config => ({ 'howdah:replicas': values })
export const network = (values: Config): Config => ({ 'howdah:network': values })
export const pooler = (values: Config): Config => ({ 'howdah:pooler': values })
export const keys = (values: Config): Config => ({ 'howdah:keys': values })

export const subnets = (region: string, letters: string) =>
  Object.fromEntries([...letters].map(letter => [`${region}${letter}`, `subnet-0000000${letter}`]))
