import { describe, expect, test } from 'vitest'
import { Access } from '../../infra/components/access/access.ts'
import type { ClusterState } from '../../runner/access/inspect-cluster.ts'
import { type DatabaseState, FRESH_DATABASE, type ObjectState } from '../../runner/access/inspect-database.ts'
import { planDatabase } from '../../runner/access/plan-database.ts'
import { planRoles } from '../../runner/access/plan-roles.ts'
import { type AccessModel, type AccessSettings, accessModel } from '../../runner/names.ts'
import { parseScript } from '../../runner/sql/parse.ts'
import { quoted } from '../harness/access.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { PRODUCTION } from './programs/estates.ts'

/** A new RDS instance: nothing but a database of the master's, and one object of each kind in each schema. */
function newInstance(model: AccessModel): { cluster: ClusterState; inside: Map<string, DatabaseState> } {
  const everybody = (...privileges: string[]) =>
    privileges.map(privilege => ({ grantee: null, privilege, grantable: false }))
  const object = (kind: ObjectState['kind'], schema: string, owner: string): ObjectState => ({
    kind,
    alter: null,
    schema,
    plain: 'x',
    name: `${quoted(schema)}.x${kind === 'routine' ? '()' : ''}`,
    owner,
    acl: kind === 'routine' ? everybody('EXECUTE') : [],
  })
  const inside = model.databases.map(({ name, owner, schemas }) => [
    name,
    {
      ...FRESH_DATABASE,
      schemas: schemas.map(schema => ({ name: schema, owner, acl: everybody('USAGE') })),
      objects: schemas.flatMap(schema => [
        object('table', schema, owner),
        object('sequence', schema, owner),
        object('routine', schema, owner),
      ]),
    },
  ]) as [string, DatabaseState][]
  return {
    cluster: {
      major: 18,
      me: { name: 'master', superuser: false },
      roles: [],
      mine: [],
      optional: [{ role: 'rds_iam', grantable: true }],
      databases: model.databases.map(({ name, owner }) => ({
        name,
        owner,
        acl: everybody('CONNECT', 'TEMPORARY'),
      })),
      exempt: [],
    },
    inside: new Map(inside),
  }
}

type Tree = Record<string, unknown>
const name = (role: unknown) => {
  const spec = (role as { RoleSpec: { roletype: string; rolename?: string } }).RoleSpec
  return spec.roletype === 'ROLESPEC_PUBLIC' ? 'public' : String(spec.rolename)
}
const text = (node: unknown) => (node as { String: { sval: string } }).String.sval
const KINDS: Record<string, string> = {
  OBJECT_DATABASE: 'database',
  OBJECT_SCHEMA: 'schema',
  OBJECT_TABLE: 'table',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_ROUTINE: 'routine',
  // As ALTER DEFAULT PRIVILEGES is read, whichever word it has.
  OBJECT_FUNCTION: 'routine',
}

/** What the statements give and take, read by Postgres' own parser: a line for each privilege. */
async function said(sql: string, database: string): Promise<string[]> {
  const parsed = await parseScript(`${sql};`)
  if (!parsed.ok) throw new Error(sql)
  return parsed.statements.flatMap(({ node }) => {
    const tree = node as Tree
    if (tree.GrantRoleStmt) {
      const { granted_roles, grantee_roles } = tree.GrantRoleStmt as Record<string, unknown[]>
      const [group] = (granted_roles ?? []).map(each => (each as Tree).AccessPriv as { priv_name: string })
      return [`member ${name(grantee_roles?.[0])} of ${group?.priv_name}`]
    }
    const later = tree.AlterDefaultPrivilegesStmt as { options?: Tree[]; action: Tree } | undefined
    const grant = (later?.action ?? tree.GrantStmt) as Tree | undefined
    if (!grant) return []
    const options = (later?.options ?? []).map(
      each => each.DefElem as { defname: string; arg: { List: { items: unknown[] } } },
    )
    const of = (option: string) => options.find(each => each.defname === option)?.arg.List.items
    const maker = of('roles')?.map(name)[0]
    const on = KINDS[String(grant.objtype)]
    const objects = (grant.objects as Tree[] | undefined) ?? []
    const places = later ? [of('schemas')?.map(text)[0] ?? '*'] : objects.map(each => placeOf(each))
    const privileges = ((grant.privileges as Tree[]) ?? []).map(
      each => (each.AccessPriv as { priv_name: string }).priv_name,
    )
    const verb = grant.is_grant ? 'gives' : 'takes'
    const begin = maker ? `later things of ${maker}` : 'what is there'
    return (grant.grantees as unknown[]).flatMap(role =>
      places.flatMap(place =>
        (grant.is_grant ? privileges : ['all']).map(
          privilege =>
            `${verb} ${privilege.toUpperCase()} on ${on} ${on === 'database' ? '' : place} of ${database}: ${name(role)}, ${begin}`,
        ),
      ),
    )
  })
}

function placeOf(object: Tree): string {
  if (object.String) return text(object)
  const range = object.RangeVar as { schemaname: string } | undefined
  if (range) return range.schemaname
  const routine = object.ObjectWithArgs as { objname: unknown[] } | undefined
  return routine ? text(routine.objname[0]) : ''
}

async function bySql(settings: AccessSettings): Promise<Set<string>> {
  const model = accessModel(settings)
  const { cluster, inside } = newInstance(model)
  const statements = [
    ...planRoles(model, cluster).filter(({ sql }) => !sql.includes('TO "master"')),
    ...model.databases.flatMap(database => planDatabase(model, database, cluster, inside.get(database.name))),
  ]
  const lines = await Promise.all(statements.map(({ sql, database }) => said(sql, database ?? '')))
  return new Set(lines.flat())
}

async function byPulumi(settings: AccessSettings): Promise<Set<string>> {
  const estate = { ...PRODUCTION, recoveryRegion: undefined, tags: {} }
  const connection = { host: 'h', port: 5433, username: 'master', credential: 'iam' as const }
  const found = await registrationsOf(() => {
    new Access('access', { estate, settings, mode: 'tunnel', connection })
  })
  const of = (type: string) =>
    found.of(`postgresql:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`).map(({ inputs }) => inputs)
  const line = (each: Readonly<Record<string, unknown>>, begin: string) => {
    const privileges = each.privileges as string[]
    const on = each.objectType === 'function' ? 'routine' : each.objectType
    const place = on === 'database' ? '' : (each.schema ?? '*')
    return (privileges.length === 0 ? ['ALL'] : privileges).map(
      privilege =>
        `${privileges.length === 0 ? 'takes' : 'gives'} ${privilege} on ${on} ${place} of ${each.database}: ${each.role}, ${begin}`,
    )
  }
  return new Set([
    ...of('GrantRole').map(each => `member ${each.role} of ${each.grantRole}`),
    ...of('Grant').flatMap(each => line(each, 'what is there')),
    ...of('DefaultPrivileges').flatMap(each => line(each, `later things of ${each.owner}`)),
  ])
}

const SMALL: AccessSettings = { databases: [{ name: 'shop' }] }
const LARGE: AccessSettings = {
  prefix: 'it\'s "é',
  logins: ['a', 'b; --'],
  iam: ['migrator', 'readOnly', 'application'],
  readOnlyExecutes: true,
  databases: [
    {
      name: 'shop',
      schemas: ['public', 'au"dit'],
      extensions: [{ name: 'pg_trgm', schema: 'ext' }, { name: 'citext' }],
    },
    { name: 'archive', schemas: ['old'] },
  ],
}

describe.each([
  ['with defaults', SMALL],
  ['with everything', LARGE],
])('a model %s', (_, settings) => {
  test('gives the same by Pulumi as by SQL', async () => {
    const [sql, pulumi] = [await bySql(settings), await byPulumi(settings)]
    expect(sql.size).toBeGreaterThan(30)
    expect([...pulumi].sort()).toEqual([...sql].sort())
  })

  test('names as left to the runner exactly what Pulumi cannot say', async () => {
    const model = accessModel(settings)
    const { cluster, inside } = newInstance(model)
    const sets = planRoles(model, cluster).filter(({ sql }) => /^ALTER ROLE .* SET /s.test(sql)).length
    const found = await registrationsOf(() => {
      const estate = {
        application: 's',
        environment: 'p',
        prefix: 's-p',
        production: false,
        region: 'r',
        recoveryRegion: undefined,
        tags: {},
      }
      const connection = { host: 'h', port: 5433, username: 'master', credential: 'iam' as const }
      return { left: new Access('access', { estate, settings, mode: 'tunnel', connection }).leftToRunner }
    })
    const left = found.outputs.left as string[]
    const registered = found
      .of('postgresql:index/role:Role')
      .flatMap(({ inputs }) =>
        ['assumeRole', 'statementTimeout', 'idleInTransactionSessionTimeout', 'searchPaths'].filter(
          argument => inputs[argument] !== undefined,
        ),
      )
    expect(left.filter(each => / SET /.test(each)).length + registered.length).toBe(sets)
    expect(left.filter(each => each.includes('_prisma_migrations'))).toHaveLength(
      settings.databases?.flatMap(({ schemas = ['public'] }) => schemas).length ?? 0,
    )
    expect(left.filter(each => each.includes('pg_use_reserved_connections'))).toHaveLength(1)
    expect(inside.size).toBe(model.databases.length)
  })
})
