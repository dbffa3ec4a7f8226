import * as postgresql from '@pulumi/postgresql'
import type * as pulumi from '@pulumi/pulumi'
import { coversLater, type ModelDatabase, type ModelGrant } from '../../../runner/names.ts'
import { transformed } from '../transform.ts'
import { type Place, part } from './place.ts'

/** `public` is there, and belongs to whoever has the database. */
export const isMadeHere = (schema: string) => schema !== 'public'

/**
 * A database and what is in it, each resource after the one before it.
 * @param exists somebody else made the database
 * @returns the last of them, for what comes behind
 */
export function databaseResources(
  place: Place & { readonly before: pulumi.Resource[] },
  database: ModelDatabase,
  exists: boolean,
): pulumi.Resource[] {
  const { name, parent, provider, estate, transform } = place
  const begin = (kind: string) => `${name}-${kind}-${part(database.name)}`
  const kept = { protect: estate.production, retainOnDelete: true }
  let before = place.before
  const options = () => ({ parent, provider, dependsOn: before })
  if (!exists) {
    const wanted = { name: database.name, owner: database.owner }
    const [args, own] = transformed(transform.database, wanted, { ...options(), ...kept })
    before = [new postgresql.Database(begin('database'), args, own)]
  }
  for (const schema of database.schemas.filter(isMadeHere)) {
    const wanted = { name: schema, database: database.name, owner: database.owner, ifNotExists: true }
    const [args, own] = transformed(
      transform.schema,
      { ...wanted, dropCascade: false },
      { ...options(), ...kept },
    )
    before = [new postgresql.Schema(`${begin('schema')}-${part(schema)}`, args, own)]
  }
  for (const extension of database.extensions) {
    const wanted = {
      name: extension.name,
      database: database.name,
      schema: extension.schema,
      dropCascade: false,
    }
    const [args, own] = transformed(transform.extension, wanted, { ...options(), ...kept })
    before = [new postgresql.Extension(`${begin('extension')}-${part(extension.name)}`, args, own)]
  }
  for (const grant of database.grants) {
    const who = [
      grant.on,
      ...(grant.schema === undefined ? [] : [part(grant.schema)]),
      part(spoken(grant)),
    ].join('-')
    for (const wanted of grantArgs(grant, database)) {
      const where =
        wanted.schema === undefined || grant.schema !== undefined ? '' : `-${part(String(wanted.schema))}`
      const [args, own] = transformed(transform.grant, wanted, options())
      before = [new postgresql.Grant(`${begin('grant')}-${who}${where}`, args, own)]
    }
    for (const wanted of defaultArgs(grant, database)) {
      const [args, own] = transformed(transform.defaultPrivileges, wanted, options())
      const later = `${begin('default')}-${part(String(wanted.owner))}-${who}`
      before = [new postgresql.DefaultPrivileges(later, args, own)]
    }
  }
  return before
}

/** As the provider calls PUBLIC; a role of that name cannot be. */
const PUBLIC = 'public'

const spoken = ({ role }: ModelGrant) => role ?? PUBLIC

/** One table by itself may not be there yet, for which the provider has no word: that is the runner's. */
export const isGrantedHere = ({ table }: ModelGrant) => table === undefined

function grantArgs(grant: ModelGrant, database: ModelDatabase): postgresql.GrantArgs[] {
  if (!isGrantedHere(grant)) return []
  const { on, schema } = grant
  const args = {
    database: database.name,
    role: spoken(grant),
    objectType: on,
    privileges: [...grant.privileges],
  }
  if (on === 'database') return [args]
  // What PUBLIC may call is taken away everywhere, and the provider wants each schema by its name.
  const schemas = schema === undefined ? database.schemas : [schema]
  return schemas.map(each => ({ ...args, schema: each }))
}

function defaultArgs(grant: ModelGrant, database: ModelDatabase): postgresql.DefaultPrivilegesArgs[] {
  if (!coversLater(grant)) return []
  const { on, schema, privileges } = grant
  return database.makers.map(owner => ({
    database: database.name,
    owner,
    role: spoken(grant),
    // Of what is made later the provider knows routines under this word alone when it reads them back.
    objectType: on === 'routine' ? 'function' : on,
    privileges: [...privileges],
    ...(schema === undefined ? {} : { schema }),
  }))
}
