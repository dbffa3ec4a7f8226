import type { Settings } from './settings.ts'

/** Name of the application's database. */
export const databaseNameOf = ({ database, platform }: Settings): string =>
  database.name ?? platform.application.replaceAll('-', '_')

/** Name of the master user. */
export const masterUsernameOf = ({ database, platform }: Settings): string =>
  database.masterUsername ?? `pgadmin_${platform.application.replaceAll('-', '_')}`

/** What the primary is called at AWS. */
export const identifierOf = ({ platform, environment, database }: Settings): string =>
  `${platform.application}-${environment}-g${database.generation}`
