import { HowdahError } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'

/** @throws HowdahError seed-refused when a table a profile writes does not exist */
export async function requireTables(connection: Connection, tables: readonly string[]): Promise<void> {
  const { schema, database } = connection.target
  const rows = await connection.rows<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name
      WHERE to_regclass(quote_ident($2) || '.' || quote_ident(name)) IS NULL`,
    [tables, schema],
  )
  if (rows.length === 0) return
  const missing = rows.map(row => row.name)
  throw notMigrated(`schema "${schema}" of database "${database}" has no table ${missing.join(', ')}`, {
    missing,
  })
}

/** The refusal to write into a database whose migrations are not (all) applied. */
export function notMigrated(
  what: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): HowdahError {
  const instead = 'Apply the migrations first: `howdah migrate deploy`.'
  return new HowdahError(
    'seed-refused',
    { reason: `${what}: it is not migrated`, instead },
    { details, cause },
  )
}
