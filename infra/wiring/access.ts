import type { AccessSettings } from '../../runner/names.ts'
import type { AccessArgs } from '../components/access/access.ts'
import type { Database } from '../components/database/database.ts'
import type { Estate } from '../components/estate.ts'
import { databaseNameOf, masterUsernameOf } from '../settings/names.ts'
import type { Settings } from '../settings/settings.ts'

/** The two logins of the application that take turns, as `howdah pooler rotate-credentials` names them. */
export const applicationRoleOf = (settings: Settings): string => `${databaseNameOf(settings)}_app`

/** Whom the platform's own parts log in to the database as. */
export const rolesOf = (settings: Settings) => ({
  application: applicationRoleOf(settings),
  readOnly: `${databaseNameOf(settings)}_readonly`,
  migrator: `${databaseNameOf(settings)}_migrator`,
  monitor: 'howdah_monitor',
  pooler: 'pgbouncer_auth',
})

export function accessSettings(settings: Settings): AccessSettings {
  const { access } = settings
  const role = applicationRoleOf(settings)
  return {
    logins: [`${role}_a`, `${role}_b`],
    databases: [
      {
        name: databaseNameOf(settings),
        schemas: access.schemas,
        extensions: access.extensions.map(name => ({ name })),
      },
    ],
  }
}

export function accessArgs(settings: Settings, estate: Estate, database: Database): AccessArgs {
  const { through, tunnelPort } = settings.access
  return {
    estate,
    settings: accessSettings(settings),
    mode: through,
    ...(through === 'tunnel' && {
      connection: {
        host: database.address,
        port: tunnelPort ?? settings.database.port,
        username: masterUsernameOf(settings),
        credential: 'environment',
        ...(settings.database.certificateBundle !== undefined && {
          rootCertificate: settings.database.certificateBundle,
        }),
      },
    }),
  }
}
