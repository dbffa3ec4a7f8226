import type { Connection } from './connect.ts'
import { sqlstateOf } from './sqlstate.ts'

/** A query whose table may not be there. */
export interface OptionalQuery {
  readonly schema: string
  readonly table: string
  /** A SELECT without parameters; its values arrive as JSON has them: times as ISO text. */
  readonly select: string
}

/** feature_not_supported: a server built without libxml. */
const NOT_SUPPORTED = '0A000'

/**
 * Rows of tables that may be missing, all in one round trip and one snapshot; `undefined` where there is no such table.
 * A statement that names a missing table fails before any CASE could keep it from running, so each query goes as text
 * to `query_to_xml`, the one function of Postgres that runs text inside a SELECT, and comes back as JSON within its XML.
 */
export async function readOptionalRows(
  connection: Connection,
  queries: readonly OptionalQuery[],
): Promise<(readonly unknown[] | undefined)[]> {
  const columns = queries.map(
    ({ select }, index) =>
      `CASE WHEN ${presence(index)} THEN query_to_xml(${textOf(rowsAsJson(select))}, true, false, '')::text END AS q${index}`,
  )
  try {
    const row = await connection.row<Record<string, string | null>>(
      `SELECT ${columns.join(',\n')}`,
      parametersOf(queries),
    )
    return queries.map((_, index) => rowsOf(row[`q${index}`]))
  } catch (error) {
    if (sqlstateOf(error) !== NOT_SUPPORTED) throw error
    return readOneByOne(connection, queries)
  }
}

/** The same with a round trip each, for a server without XML. */
export async function readOneByOne(
  connection: Connection,
  queries: readonly OptionalQuery[],
): Promise<(readonly unknown[] | undefined)[]> {
  const columns = queries.map((_, index) => `${presence(index)} AS q${index}`)
  const present = await connection.row<Record<string, boolean>>(
    `SELECT ${columns.join(', ')}`,
    parametersOf(queries),
  )
  const results: (readonly unknown[] | undefined)[] = []
  for (const [index, { select }] of queries.entries()) {
    if (!present[`q${index}`]) results.push(undefined)
    else results.push((await connection.row<{ rows: unknown[] }>(rowsAsJson(select))).rows)
  }
  return results
}

/** By the catalogue and not `to_regclass`, which fails for a schema that the role may not use. */
const presence = (index: number) =>
  `EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $${2 * index + 1} AND c.relname = $${2 * index + 2} AND c.relkind IN ('r', 'p'))`

const parametersOf = (queries: readonly OptionalQuery[]) =>
  queries.flatMap(({ schema, table }) => [schema, table])

const rowsAsJson = (select: string) => `SELECT coalesce(json_agg(t), '[]') AS rows FROM (${select}) t`

const textOf = (sql: string) => `'${sql.replaceAll("'", "''")}'`

/** JSON escapes control characters and XML the three of markup; nothing else differs. */
function rowsOf(xml: string | null | undefined): readonly unknown[] | undefined {
  if (xml === null || xml === undefined) return undefined
  const json = xml.slice(xml.indexOf('<rows>') + '<rows>'.length, xml.lastIndexOf('</rows>'))
  return JSON.parse(json.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'))
}
