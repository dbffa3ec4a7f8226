import { escapeIdentifier } from 'pg'
import { HowdahError } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'

/**
 * Runs `body`, which adds many rows to one table, and has the table's foreign keys checked by one query each afterwards
 * instead of once for every row, which takes as long as everything else together. Only where the role may switch the
 * checks off and no trigger of anybody's would be switched off with them; otherwise they run as ever.
 * The caller has a transaction open: rows that fail the check never become visible.
 * @throws HowdahError statement-failed when a row refers to nothing
 */
export async function withKeysCheckedAtOnce<T>(
  connection: Connection,
  table: string,
  body: () => Promise<T>,
): Promise<T> {
  const { allowed } = await connection.row<{ allowed: boolean }>(
    `SELECT has_parameter_privilege('session_replication_role', 'SET')
            AND NOT EXISTS (SELECT FROM pg_trigger
                             WHERE tgrelid = to_regclass(quote_ident($1)) AND NOT tgisinternal AND tgenabled <> 'D')
              AS allowed`,
    [table],
  )
  if (!allowed) return body()
  await connection.run('SET LOCAL session_replication_role = replica')
  const value = await body()
  await connection.run('SET LOCAL session_replication_role = origin')
  await requireKeys(connection, table)
  return value
}

interface ForeignKey {
  readonly name: string
  readonly parent: string
  readonly columns: readonly string[]
  readonly parent_columns: readonly string[]
}

async function requireKeys(connection: Connection, table: string): Promise<void> {
  const keys = await connection.rows<ForeignKey>(
    `SELECT c.conname AS name, c.confrelid::regclass::text AS parent,
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY place) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY place) AS parent_columns
       FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = to_regclass(quote_ident($1)) ORDER BY c.conname`,
    [table],
  )
  for (const { name, parent, columns, parent_columns } of keys) {
    // Until the commit nobody may delete what the new rows refer to: a deletion would not see them. Row by row, the
    // server locks each referenced row instead.
    await connection.run(`LOCK TABLE ${parent} IN SHARE MODE`)
    const present = columns.map(column => `child.${escapeIdentifier(column)} IS NOT NULL`)
    const equal = columns.map(
      (column, place) =>
        `parent.${escapeIdentifier(parent_columns[place] ?? '')} = child.${escapeIdentifier(column)}`,
    )
    const { orphans } = await connection.row<{ orphans: boolean }>(
      `SELECT EXISTS (SELECT FROM ${escapeIdentifier(table)} child WHERE ${present.join(' AND ')}
                         AND NOT EXISTS (SELECT FROM ${parent} parent WHERE ${equal.join(' AND ')})) AS orphans`,
    )
    if (orphans) {
      const reason = `a row violates foreign key "${name}"; none was kept`
      throw new HowdahError('statement-failed', { what: table, reason, sqlstate: '23503' })
    }
  }
}
