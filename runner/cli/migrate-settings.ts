import type { SettingName } from '../config/settings.ts'

/** What every verb of migrate takes: which database, and where its files are. */
export const MIGRATE_SETTINGS: readonly SettingName[] = [
  'databaseUrl',
  'directUrl',
  'database',
  'schema',
  'migrations',
  'connectTimeoutMs',
]
