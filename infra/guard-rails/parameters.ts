import { instanceClass } from '../../runner/names.ts'
import { type GuardRail, when } from './guard-rail.ts'

/** Parameters that have a setting of their own, which others depend on. */
const OWN_SETTING: Readonly<Record<string, string>> = {
  max_connections: 'howdah:database.maxConnections',
  shared_preload_libraries: 'howdah:database.preloadLibraries',
  'rds.logical_replication': 'howdah:database.logicalReplication',
  hot_standby_feedback: 'howdah:replicas.feedback',
  max_standby_streaming_delay: 'howdah:replicas.maxStandbyDelaySeconds',
}

/** Values that take away what the platform promises, and why. */
const REFUSED: Readonly<Record<string, readonly [allowed: readonly string[], why: string]>> = {
  'rds.force_ssl': [['1'], 'connections would not be encrypted (Security Hub RDS.38)'],
  password_encryption: [['scram-sha-256'], 'the poolers log in with SCRAM'],
  'rds.accepted_password_auth_method': [['scram'], 'the poolers log in with SCRAM'],
  'rds.restrict_password_commands': [
    ['1'],
    'anybody could change a password, and poolers and secrets would disagree',
  ],
  log_statement: [['none'], 'statements with passwords would be in the log; pgaudit says who changed what'],
  fsync: [['1', 'on'], 'a crash would lose data'],
  full_page_writes: [['1', 'on'], 'a crash would lose data'],
}

/** Set for everybody, they end dumps, index builds and migrations. */
const FOR_ROLES_ONLY = ['statement_timeout', 'lock_timeout', 'transaction_timeout']

/** RDS's own formula for `max_connections`: the memory of the class over this many bytes. */
const BYTES_A_CONNECTION = 9_531_392

/** Parameters of the server that a user gives. */
export const parameters: GuardRail = ({ settings: { database, platform } }) => {
  const key = 'howdah:database.parameters'
  const memory = instanceClass(database.instanceClass)?.memoryBytes
  const bearable = memory === undefined ? undefined : Math.floor(memory / BYTES_A_CONNECTION)
  return [
    ...Object.entries(database.parameters).flatMap(([name, value]) => {
      const own = Object.hasOwn(OWN_SETTING, name) ? OWN_SETTING[name] : undefined
      const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined
      return [
        ...when(own !== undefined, key, `${name} has a setting of its own: ${own ?? ''}`),
        ...when(
          refused !== undefined && !refused[0].includes(value),
          key,
          `${name} must not be ${value}: ${refused?.[1] ?? ''}`,
        ),
        ...when(
          FOR_ROLES_ONLY.includes(name),
          key,
          `${name} for everybody would end dumps and index builds; roles have their own`,
        ),
      ]
    }),
    ...when(
      bearable !== undefined && database.maxConnections > bearable,
      'howdah:database.maxConnections',
      `${database.instanceClass} has memory for about ${bearable ?? 0}; lower it, or take a larger class`,
    ),
    ...when(
      platform.production && !database.preloadLibraries.includes('pgaudit'),
      'howdah:database.preloadLibraries',
      'must contain pgaudit in production: who changed what would not be known',
    ),
    ...when(
      !database.preloadLibraries.includes('pg_stat_statements'),
      'howdah:database.preloadLibraries',
      'must contain pg_stat_statements: metrics and alerts are made of it',
    ),
  ]
}
