import { resolveDatabaseFolder } from '../config/database-folder.ts'
import type { SettingName } from '../config/settings.ts'
import type { MigrateOptions } from '../migrate/migrate.ts'
import { directUrl } from './database-urls.ts'
import type { VerbContext } from './verb.ts'

/** What every verb of migrate takes: which database, and where its files are. */
export const MIGRATE_SETTINGS: readonly SettingName[] = [
  'databaseUrl',
  'directUrl',
  'database',
  'schema',
  'migrations',
  'connectTimeoutMs',
]

/** What bounds a verb that takes locks on tables, and whom it tells when the schema changed. */
export const LOCK_SETTINGS: readonly SettingName[] = [
  'lockTimeoutMs',
  'lockBudgetMs',
  'terminateBlockersAfterMs',
  'statementTimeoutMs',
  'runLockBudgetMs',
  'poolerAdminUrls',
  'poolerAdminPassword',
  'poolerDrainMs',
]

/** The same, found. @throws HowdahError of finding the files, database-url-missing */
export async function migrateOptions({
  config,
  cwd,
  runtime,
}: Pick<VerbContext, 'config' | 'cwd' | 'runtime'>): Promise<MigrateOptions> {
  const { connectTimeoutMs } = config
  const folder = await resolveDatabaseFolder(cwd, config.database, config)
  return { folder, ...directUrl(config), connectTimeoutMs, runtime }
}
