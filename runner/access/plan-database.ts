import type { AclEntry, ClusterState } from './inspect-cluster.ts'
import { type DatabaseState, FRESH_DATABASE, type ObjectState } from './inspect-database.ts'
import {
  type AccessModel,
  coversLater,
  type GrantKind,
  type ModelDatabase,
  type ModelGrant,
} from './model.ts'
import {
  corrections,
  defaultStatements,
  type Placed,
  privilegeStatements,
  type Wanted,
} from './plan-privileges.ts'
import { quoted, type Statement } from './statement.ts'

/** What a database lacks of a model, and what it has too much. `undefined`: it is still to be made. Pure. */
export function planDatabase(
  model: AccessModel,
  database: ModelDatabase,
  cluster: ClusterState,
  inside: DatabaseState | undefined,
): Statement[] {
  const facts = cluster.databases.find(({ name }) => name === database.name)
  const state = inside ?? FRESH_DATABASE
  // PUBLIC has these two of every database that nobody said anything about.
  const acl = facts?.acl ?? [publicHas('CONNECT'), publicHas('TEMPORARY')]
  const decided = decidedRoles(model, database)
  const name = quoted(database.name)
  const own = (sql: string, why: string): Statement => ({ sql, why, database: database.name })
  return [
    ...(facts && facts.owner !== database.owner
      ? [
          own(
            `ALTER DATABASE ${name} OWNER TO ${quoted(database.owner)}`,
            `database "${database.name}" belongs to "${facts.owner}"`,
          ),
        ]
      : []),
    ...schemaOwners(database, state, own),
    ...extensions(database, state, own),
    ...objectOwners(database, cluster, state, own),
    ...privilegeStatements(
      [
        ...placed(acl, { privileges: wantedOn(database, 'database'), decided }, 'DATABASE', name),
        ...schemaPrivileges(database, state, decided),
        ...objectPrivileges(database, state, decided),
      ],
      database.name,
    ),
    ...laterPrivileges(database, state, decided),
  ]
}

const publicHas = (privilege: string): AclEntry => ({ grantee: null, privilege, grantable: false })

/** The owner's own privileges follow from owning; a grant to it says nothing. */
function decidedRoles({ roles }: AccessModel, { owner }: ModelDatabase): ReadonlySet<string | null> {
  return new Set([null, ...roles.map(({ name }) => name).filter(name => name !== owner)])
}

type Own = (sql: string, why: string) => Statement

/** `public` belongs to whoever has the database, by the role that stands for it. */
function schemaOwners({ schemas, owner }: ModelDatabase, state: DatabaseState, own: Own): Statement[] {
  return schemas.flatMap(name => {
    const found = state.schemas.find(schema => schema.name === name)
    if (!found)
      return [
        own(`CREATE SCHEMA ${quoted(name)} AUTHORIZATION ${quoted(owner)}`, `there is no schema "${name}"`),
      ]
    if (found.owner === owner || found.owner === 'pg_database_owner') return []
    return [
      own(
        `ALTER SCHEMA ${quoted(name)} OWNER TO ${quoted(owner)}`,
        `schema "${name}" belongs to "${found.owner}"`,
      ),
    ]
  })
}

function extensions(database: ModelDatabase, state: DatabaseState, own: Own): Statement[] {
  return database.extensions.flatMap(({ name, schema }) => {
    const found = state.extensions.find(extension => extension.name === name)
    if (found?.installed) return []
    const place = found?.fixedSchema ? '' : ` SCHEMA ${quoted(schema)}`
    return [own(`CREATE EXTENSION ${quoted(name)}${place}`, `extension "${name}" is not installed`)]
  })
}

/**
 * Only who has the privileges of the present owner can give an object away. Whoever sets this up may grant the roles of the
 * model, so it is one of them for as long as that takes.
 */
function objectOwners(
  { owner }: ModelDatabase,
  cluster: ClusterState,
  { objects }: DatabaseState,
  own: Own,
): Statement[] {
  const wrong = objects.filter(object => object.alter !== null && object.owner !== owner)
  const me = quoted(cluster.me.name)
  const borrowed = [...new Set(wrong.map(object => object.owner))].filter(
    role =>
      !cluster.me.superuser &&
      role !== cluster.me.name &&
      cluster.mine.some(each => each.role === role && !each.uses),
  )
  const options = cluster.major < 16 ? '' : ' WITH INHERIT TRUE, SET FALSE'
  return [
    ...borrowed.map(role =>
      own(
        `GRANT ${quoted(role)} TO ${me}${options}`,
        `what "${role}" owns can be given away as "${role}" alone`,
      ),
    ),
    ...wrong.map(({ alter, name, owner: now }) =>
      own(
        `ALTER ${alter} ${name} OWNER TO ${quoted(owner)}`,
        `${alter?.toLowerCase()} ${name} belongs to "${now}"`,
      ),
    ),
    ...borrowed.map(role => own(`REVOKE ${quoted(role)} FROM ${me}`, `"${role}" owns nothing any more`)),
  ]
}

function placed(
  acl: readonly AclEntry[],
  wanted: Wanted,
  word: string,
  name: string,
  column?: string,
): Placed[] {
  return corrections(acl, wanted).map(correction => ({ ...correction, word, name, column }))
}

function schemaPrivileges(
  database: ModelDatabase,
  state: DatabaseState,
  decided: ReadonlySet<string | null>,
): Placed[] {
  return database.schemas.flatMap(schema => {
    const acl = state.schemas.find(({ name }) => name === schema)?.acl ?? []
    const privileges = wantedOn(database, 'schema', schema)
    return placed(acl, { privileges, decided }, 'SCHEMA', quoted(schema))
  })
}

/** Of columns by themselves the model knows nothing: what they have besides their table is too much. */
function objectPrivileges(
  database: ModelDatabase,
  state: DatabaseState,
  decided: ReadonlySet<string | null>,
): Placed[] {
  return state.objects.flatMap(object => {
    const { kind, schema, plain, name, column, acl } = object
    if (kind === 'type') return []
    const privileges = kind === 'column' ? new Map() : wantedOn(database, kind, schema, plain)
    return placed(acl, { privileges, decided }, WORDS[kind], name, column)
  })
}

const WORDS: Readonly<Record<Exclude<ObjectState['kind'], 'type'>, string>> = {
  table: 'TABLE',
  column: 'TABLE',
  sequence: 'SEQUENCE',
  routine: 'ROUTINE',
}

/** Who is to have what on an object, by the model. */
function wantedOn(
  { grants }: ModelDatabase,
  on: GrantKind,
  schema?: string,
  table?: string,
): Map<string | null, Set<string>> {
  return gather(
    grants.filter(
      grant =>
        grant.on === on && grant.schema === schema && (grant.table === undefined || grant.table === table),
    ),
  )
}

function gather(grants: readonly ModelGrant[]): Map<string | null, Set<string>> {
  const found = new Map<string | null, Set<string>>()
  for (const { role, privileges } of grants)
    found.set(role, new Set([...(found.get(role) ?? []), ...privileges]))
  return found
}

/** Kinds as pg_default_acl has them, and as ALTER DEFAULT PRIVILEGES does. */
const LATER = [
  { type: 'r', on: 'table', things: 'TABLES' },
  { type: 'S', on: 'sequence', things: 'SEQUENCES' },
  { type: 'f', on: 'routine', things: 'ROUTINES' },
  { type: 'T', on: undefined, things: 'TYPES' },
  { type: 'n', on: undefined, things: 'SCHEMAS' },
] as const

/**
 * Default privileges of a schema are added to those of the whole database, which alone can take away what the server gives by
 * itself: EXECUTE on routines, and USAGE on types, to PUBLIC. The latter is left.
 */
function laterPrivileges(
  database: ModelDatabase,
  state: DatabaseState,
  decided: ReadonlySet<string | null>,
): Statement[] {
  const declared = database.grants.filter(coversLater)
  return database.makers.flatMap(maker =>
    [null, ...database.schemas].flatMap(schema =>
      LATER.flatMap(({ type, on, things }) => {
        if (schema !== null && type === 'n') return []
        const found = state.defaults.find(
          each => each.maker === maker && each.schema === schema && each.type === type,
        )
        const acl = found?.acl ?? (schema === null && type === 'f' ? [publicHas('EXECUTE')] : [])
        const wanted = gather(
          declared.filter(
            grant => grant.on === on && (grant.schema ?? null) === schema && grant.role !== maker,
          ),
        )
        const left = schema === null && type === 'T' ? null : maker
        const rest = new Set([...decided].filter(role => role !== maker && role !== left))
        return defaultStatements(
          corrections(acl, { privileges: wanted, decided: rest }),
          { maker, schema, things },
          database.name,
        )
      }),
    ),
  )
}
