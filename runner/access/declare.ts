import {
  type AccessDatabase,
  type AccessSettings,
  accessSettingsProblems,
  type RoleKind,
  type RoleTimeouts,
} from '../config/access-settings.ts'
import { HowdahError } from '../core/errors.ts'
import { monitorNeeds } from '../metrics/metrics.ts'
import type { AccessModel, ModelDatabase, ModelGrant, ModelMembership, ModelRole } from './model.ts'

/** Where the record of the runner is; `howdah setup access` makes the schema, so that it belongs to the owner. */
const LEDGER = 'howdah'
const HISTORY = '_prisma_migrations'

/** How the sessions of each role begin (reference: limits belong to roles, since global ones break pg_dump and index builds). */
const TIMEOUTS: Readonly<Record<RoleKind, RoleTimeouts>> = {
  owner: {},
  // The runner bounds each statement itself; an index build of hours is right.
  migrator: { statementMs: 0, lockMs: 5000, idleInTransactionMs: 60_000 },
  application: { statementMs: 30_000, lockMs: 5000, idleInTransactionMs: 60_000 },
  readOnly: { statementMs: 60_000, lockMs: 5000, idleInTransactionMs: 60_000 },
  monitor: {},
  // One SELECT for a login, of one row by its key.
  pooler: { statementMs: 5000, lockMs: 1000, idleInTransactionMs: 10_000 },
}

/** A run of migrations has three sessions at the most, and people look on; each process of a pooler asks with a few. */
const CONNECTION_LIMITS: Partial<Record<RoleKind, number>> = { migrator: 10, pooler: 100 }

/** The database the model is about where the settings name none. */
export interface DefaultDatabase {
  readonly name: string
  readonly schema: string
}

/**
 * The one model of roles and grants. Pure.
 * @throws HowdahError settings-invalid, naming each key
 */
export function accessModel(settings: AccessSettings, otherwise?: DefaultDatabase): AccessModel {
  const problems = accessSettingsProblems(settings)
  const databases =
    settings.databases ?? (otherwise && [{ name: otherwise.name, schemas: [otherwise.schema] }])
  if (!databases) problems.push('access.databases: must name at least one')
  if (problems.length > 0 || !databases) throw new HowdahError('settings-invalid', { problems })
  const names = roleNames(settings, databases)
  refuseSharedNames([...Object.values(names), ...(settings.logins ?? [])])
  return {
    roles: modelRoles(settings, names, databases.length),
    databases: databases.map(database => modelDatabase(database, names, settings)),
  }
}

type Names = Readonly<Record<RoleKind, string>>

function roleNames({ prefix, roles = {} }: AccessSettings, [first]: readonly AccessDatabase[]): Names {
  const begin = prefix ?? first?.name ?? ''
  return {
    owner: roles.owner ?? `${begin}_owner`,
    migrator: roles.migrator ?? `${begin}_migrator`,
    application: roles.application ?? `${begin}_app`,
    readOnly: roles.readOnly ?? `${begin}_readonly`,
    monitor: roles.monitor ?? 'howdah_monitor',
    pooler: roles.pooler ?? 'pgbouncer_auth',
  }
}

function refuseSharedNames(names: readonly string[]): void {
  const problems = names.flatMap((name, index) => [
    ...(names.indexOf(name) === index ? [] : [`access.roles: "${name}" is the name of two roles`]),
    ...(Buffer.byteLength(name) > 63 ? [`access.prefix: "${name}" has more than 63 bytes`] : []),
  ])
  if (problems.length > 0) throw new HowdahError('settings-invalid', { problems })
}

function modelRoles(settings: AccessSettings, names: Names, databases: number): ModelRole[] {
  const { logins = [], iam = [] } = settings
  const monitor = monitorNeeds(databases)
  const role = (kind: RoleKind, over: Partial<ModelRole> = {}): ModelRole => ({
    name: names[kind],
    kind,
    login: kind !== 'owner',
    connectionLimit:
      settings.connectionLimits?.[kind] ?? over.connectionLimit ?? CONNECTION_LIMITS[kind] ?? -1,
    settings: { ...over.settings, ...timeouts({ ...TIMEOUTS[kind], ...settings.timeouts?.[kind] }) },
    memberOf: [...(over.memberOf ?? []), ...(iam.includes(kind) ? [BY_IAM] : [])],
  })
  const application = role('application')
  return [
    { ...role('owner'), memberOf: [] },
    // Its sessions begin as the owner, so that whatever a migration makes belongs to one role, whoever ran it.
    role('migrator', {
      settings: { role: names.owner },
      memberOf: [{ role: names.owner, whereThere: false }],
    }),
    ...(logins.length === 0
      ? [application]
      : [
          { ...application, login: false, connectionLimit: -1, settings: {}, memberOf: [] },
          // What ALTER ROLE … SET gives is not inherited: each login has it itself. Its sessions begin as the one role, so that
          // current_user is the same whichever password is in use.
          ...logins.map(login => ({
            ...application,
            name: login,
            settings: { role: names.application, ...application.settings },
            memberOf: [{ role: names.application, whereThere: false }, ...application.memberOf],
          })),
        ]),
    role('readOnly', { settings: { default_transaction_read_only: 'on' } }),
    role('monitor', {
      connectionLimit: monitor.connectionLimit,
      settings: monitor.settings,
      memberOf: [
        ...monitor.memberOf.map(name => ({ role: name, whereThere: false })),
        ...monitor.memberOfWhereThere.map(name => ({ role: name, whereThere: true })),
      ],
    }),
    role('pooler'),
  ]
}

const BY_IAM: ModelMembership = { role: 'rds_iam', whereThere: true }

function timeouts({ statementMs, lockMs, idleInTransactionMs }: RoleTimeouts): Record<string, string> {
  const wanted = {
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  }
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, duration(ms)]])),
  )
}

const duration = (ms: number) => (ms % 1000 === 0 ? (ms === 0 ? '0' : `${ms / 1000}s`) : `${ms}ms`)

function modelDatabase(
  { name, schemas = ['public'], extensions = [] }: AccessDatabase,
  names: Names,
  settings: AccessSettings,
): ModelDatabase {
  const [first = 'public'] = schemas
  const placed = extensions.map(extension => ({
    name: extension.name,
    schema: extension.schema ?? first,
  }))
  // Made for an extension alone: people look into it, and nothing of theirs is there.
  const besides = [...new Set(placed.map(({ schema }) => schema))].filter(each => !schemas.includes(each))
  const people = [names.application, names.readOnly]
  const inDatabase = (role: string | null, privileges: readonly string[]): ModelGrant => ({
    role,
    on: 'database',
    privileges,
  })
  return {
    name,
    owner: names.owner,
    makers: [names.owner, names.migrator],
    schemas: [...schemas, ...besides, LEDGER],
    extensions: placed,
    grants: [
      // By default every role may connect and make temporary tables, and call every function.
      inDatabase(null, []),
      ...[...people, names.monitor, names.pooler].map(role => inDatabase(role, ['CONNECT'])),
      { role: null, on: 'routine', privileges: [] },
      ...schemas.flatMap(schema => schemaGrants(schema, names, settings)),
      ...besides.flatMap(schema => [
        { role: null, on: 'schema' as const, schema, privileges: [] },
        ...people.map(role => ({ role, on: 'schema' as const, schema, privileges: ['USAGE'] })),
      ]),
      { role: null, on: 'schema', schema: LEDGER, privileges: [] },
      { role: names.monitor, on: 'schema', schema: LEDGER, privileges: ['USAGE'] },
      { role: names.monitor, on: 'table', schema: LEDGER, privileges: ['SELECT'] },
    ],
  }
}

function schemaGrants(schema: string, names: Names, settings: AccessSettings): ModelGrant[] {
  const grant = (role: string, on: ModelGrant['on'], ...privileges: string[]): ModelGrant => ({
    role,
    on,
    schema,
    privileges,
  })
  const { application, readOnly, monitor } = names
  return [
    { role: null, on: 'schema', schema, privileges: [] },
    grant(application, 'schema', 'USAGE'),
    grant(application, 'table', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'),
    grant(application, 'sequence', 'USAGE', 'SELECT'),
    grant(application, 'routine', 'EXECUTE'),
    grant(readOnly, 'schema', 'USAGE'),
    grant(readOnly, 'table', 'SELECT'),
    grant(readOnly, 'sequence', 'SELECT'),
    ...(settings.readOnlyExecutes ? [grant(readOnly, 'routine', 'EXECUTE')] : []),
    grant(monitor, 'schema', 'USAGE'),
    grant(monitor, 'sequence', 'SELECT'),
    { ...grant(monitor, 'table', 'SELECT'), table: HISTORY },
  ]
}
