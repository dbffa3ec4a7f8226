import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import type { Connection } from '../../postgres/connect.ts'

/** The condition under which information_schema.columns shows a column, by which the engine reads them. */
const HIDDEN = `
  SELECT n.nspname AS schema, t.relname AS table
    FROM pg_class t
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE t.relkind IN ('r', 'p') AND t.relname <> '_prisma_migrations'
     AND CASE WHEN $1::text IS NULL THEN n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'howdah')
              ELSE n.nspname = $1 END
     AND NOT pg_has_role(t.relowner, 'USAGE')
     AND NOT has_column_privilege(t.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES')
   ORDER BY 1, 2 LIMIT 1`

/**
 * Makes sure that the role sees every column: one it may not touch is not there for the engine, which would propose to add or
 * drop it.
 * @param schema only its tables count; `undefined`: those of all
 * @throws HowdahError privilege-missing
 */
export async function requireReadable(connection: Connection, schema: string | undefined): Promise<void> {
  const [found] = await connection.rows<{ schema: string; table: string }>(HIDDEN, [schema ?? null])
  if (!found) return
  const { user } = connection.target
  throw new HowdahError('privilege-missing', {
    user,
    action: `see every column of "${found.schema}"."${found.table}"`,
    reason: 'a comparison would take what it cannot see for missing',
    grant: `GRANT SELECT ON ALL TABLES IN SCHEMA ${escapeIdentifier(found.schema)} TO ${escapeIdentifier(user)}`,
  })
}
