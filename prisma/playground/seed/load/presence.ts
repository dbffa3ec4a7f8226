import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../../../runner/core/errors.ts'
import type { Connection } from '../../../../runner/postgres/connect.ts'
import type { LoadTable } from './load-table.ts'

/**
 * Whether the rows of a table are there already. A table is written in one transaction, so its first and its last row are
 * both there or both not, unless somebody deleted rows since.
 * @throws HowdahError seed-refused then: the rest would collide with what is left
 */
export async function isPresent(connection: Connection, { table, key, count }: LoadTable): Promise<boolean> {
  const [first, last] = [
    await rowExists(connection, table, key(0)),
    await rowExists(connection, table, key(count - 1)),
  ]
  if (first === last) return first
  throw new HowdahError('seed-refused', {
    reason: `table ${table} holds a part of this very load: some of its rows were deleted or changed`,
    instead: 'Load with another --random-seed, or into an empty database.',
  })
}

async function rowExists(
  connection: Connection,
  table: string,
  key: Readonly<Record<string, string | number>>,
): Promise<boolean> {
  const conditions = Object.keys(key).map((column, place) => `${escapeIdentifier(column)} = $${place + 1}`)
  const { found } = await connection.row<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${escapeIdentifier(table)} WHERE ${conditions.join(' AND ')}) AS found`,
    Object.values(key),
  )
  return found
}
