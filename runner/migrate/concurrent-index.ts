import { escapeIdentifier } from 'pg'
import { HowdahError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import type { Connection } from '../postgres/connect.ts'
import type { RelationName } from '../sql/classify.ts'
import type { StatementStep } from './plan.ts'

interface IndexState {
  readonly valid: boolean
}

/**
 * Runs a CREATE INDEX CONCURRENTLY to a valid index. What an earlier attempt of ours left is recognised:
 * a valid index means that it had succeeded, an invalid one is dropped and built anew. After a failure the invalid
 * index is dropped, since it costs every write and serves no read.
 * @returns `skipped` when the earlier attempt had succeeded
 * @throws HowdahError index-invalid, and what `send` throws
 */
export async function buildIndex(
  connection: Connection,
  log: Logger,
  step: StatementStep,
  send: () => Promise<void>,
): Promise<'applied' | 'skipped'> {
  const { kind } = step.statement
  if (kind.kind !== 'index-build' || kind.index === undefined)
    throw new Error('not the build of a named index')
  const schema = kind.table.schema ?? (await schemaOf(connection, kind.table.name))
  const index = { schema, name: kind.index }
  const found = await readIndex(connection, index)
  if (found && !found.valid && step.earlier !== 'none') {
    log.warn('index.healing', `dropping the invalid index ${index.name} that an interrupted build left`, {
      index: index.name,
    })
    await dropIndex(connection, index)
  }
  if (found?.valid && step.earlier === 'cut-off') return 'skipped'
  try {
    await send()
  } catch (error) {
    if (!found && !connection.lost) await dropIfInvalid(connection, index, error)
    throw error
  }
  const built = await readIndex(connection, index)
  if (!built?.valid) throw new HowdahError('index-invalid', { index: index.name })
  return 'applied'
}

/** Whether all indexes of a DROP INDEX CONCURRENTLY that was cut off are gone already. */
export async function areDropped(connection: Connection, indexes: readonly RelationName[]): Promise<boolean> {
  const found = await Promise.all(
    indexes.map(async ({ schema, name }) => {
      const qualified = [schema, name].flatMap(part => (part ? [escapeIdentifier(part)] : [])).join('.')
      return connection.row<{ gone: boolean }>('SELECT to_regclass($1) IS NULL AS gone', [qualified])
    }),
  )
  return found.every(({ gone }) => gone)
}

async function readIndex(
  connection: Connection,
  { schema, name }: RelationName,
): Promise<IndexState | undefined> {
  const [row] = await connection.rows<IndexState>(
    `SELECT i.indisvalid AND i.indisready AS valid
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  )
  return row
}

/** An index lives in its table's schema; an unqualified table is where the search path finds it. */
async function schemaOf(connection: Connection, table: string): Promise<string> {
  const [row] = await connection.rows<{ schema: string }>(
    'SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)',
    [escapeIdentifier(table)],
  )
  return row?.schema ?? connection.target.schema
}

async function dropIfInvalid(connection: Connection, index: RelationName, failure: unknown): Promise<void> {
  try {
    const left = await readIndex(connection, index)
    if (left && !left.valid) await dropIndex(connection, index)
  } catch (error) {
    if (failure instanceof HowdahError) failure.attachCleanup(error)
  }
}

async function dropIndex(connection: Connection, { schema, name }: RelationName): Promise<void> {
  const qualified = `${schema ? `${escapeIdentifier(schema)}.` : ''}${escapeIdentifier(name)}`
  await connection.run(`DROP INDEX CONCURRENTLY IF EXISTS ${qualified}`)
}
