import type { Connection } from '../connect.ts'
import {
  type AttributeValue,
  byId,
  type Catalogue,
  type CatalogueObject,
  type ObjectNotes,
} from './catalogue.ts'
import { ACCESS_QUERIES } from './queries/access.ts'
import { PART_QUERIES } from './queries/parts-of-relations.ts'
import { RELATION_QUERIES } from './queries/relations.ts'
import { TYPE_AND_ROUTINE_QUERIES } from './queries/types-and-routines.ts'

interface Row {
  readonly kind: string
  readonly name: string
  readonly of: string | null
  readonly owner?: string | null
  readonly version?: string
  readonly byDefault?: boolean
  readonly withheld?: boolean
  readonly toMonitor?: boolean
  readonly attributes: Readonly<Record<string, AttributeValue | null>>
}

/**
 * What the server's own printing of definitions depends on: names are qualified unless the search path leads to them, and
 * constants are written as the session would. Every server is asked in the same way.
 */
const PRINTED_ALIKE: Readonly<Record<string, string>> = {
  search_path: '',
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
}

/** Our ledger, and what the server keeps for itself. */
const NOT_LOOKED_AT = `nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'howdah')`

/**
 * Reads the objects of some schemas, as of one moment, into plain values. Changes nothing; works on a replica.
 * Takes no locks beyond those of reading the catalogue. Left out: what extensions own, Prisma's history, comments, owners,
 * the order of columns, and what belongs to the whole database or cluster besides extensions.
 */
export async function readCatalogue(connection: Connection, schemas: readonly string[]): Promise<Catalogue> {
  return reading(connection, () => ask(connection, schemas))
}

/**
 * The same within a transaction of the caller, which keeps its isolation (under READ COMMITTED what changes meanwhile may be
 * seen in part) and has settings of ours until its end.
 */
export async function readCatalogueWithin(
  connection: Connection,
  schemas: readonly string[],
): Promise<Catalogue> {
  await printAlike(connection)
  return ask(connection, schemas)
}

async function ask(connection: Connection, schemas: readonly string[]): Promise<Catalogue> {
  const queries = [...RELATION_QUERIES, ...PART_QUERIES, ...TYPE_AND_ROUTINE_QUERIES, ...ACCESS_QUERIES]
  const rows: Row[] = []
  for (const query of queries) rows.push(...(await connection.rows<Row>(query, [schemas])))
  return { schemas: [...schemas].sort(), objects: rows.map(toObject).sort(byId) }
}

/**
 * The schemas a history is about: that of the URL, and every other one it put something into. On a shadow there is
 * nothing else.
 */
export async function readSchemas(connection: Connection, schemaOfUrl: string): Promise<string[]> {
  const rows = await connection.rows<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace n
      WHERE ${NOT_LOOKED_AT}
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')
        AND (nspname <> 'public'
          OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid
                        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))
          OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid
                        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
          OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid
                        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
                        AND t.typtype IN ('e', 'd', 'c', 'r')))`,
  )
  return [...new Set([schemaOfUrl, ...rows.map(({ name }) => name)])].sort()
}

function reading<T>(connection: Connection, body: () => Promise<T>): Promise<T> {
  return connection.transaction(async () => {
    await connection.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await printAlike(connection)
    return body()
  })
}

async function printAlike(connection: Connection): Promise<void> {
  const settings = Object.entries(PRINTED_ALIKE)
  await connection.run(
    'SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS s (name, value)',
    [settings.map(([name]) => name), settings.map(([, value]) => value)],
  )
}

function toObject({
  kind,
  name,
  of,
  owner,
  version,
  byDefault,
  withheld,
  toMonitor,
  attributes,
}: Row): CatalogueObject {
  const present = Object.entries(attributes).filter(
    (entry): entry is [string, AttributeValue] => entry[1] !== null,
  )
  const notes: ObjectNotes = {
    ...(owner ? { owner } : {}),
    ...(version === undefined ? {} : { version }),
    ...(byDefault ? { byDefault } : {}),
    ...(withheld ? { withheld } : {}),
    ...(toMonitor ? { toMonitor } : {}),
  }
  // The server sorts keys its own way (by length first), and two versions need not agree.
  present.sort(([a], [b]) => (a < b ? -1 : 1))
  return { kind, name, of, attributes: Object.fromEntries(present), notes }
}
