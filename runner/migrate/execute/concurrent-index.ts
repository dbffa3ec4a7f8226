import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import type { Connection } from '../../postgres/connect.ts'
import { SQLSTATE, sqlstateOf } from '../../postgres/sqlstate.ts'
import type { RelationName } from '../../sql/classify.ts'
import { logEvent } from '../events.ts'
import type { StepContext } from './step-context.ts'
import { watchBuild } from './watch-build.ts'

interface IndexState {
  readonly valid: boolean
}

/** How often a build is begun before its failure counts. */
const BUILD_ATTEMPTS = 5

/** Failures that say nothing about the index: the next attempt may well succeed. */
const RETRIED: readonly (string | undefined)[] = [SQLSTATE.deadlockDetected, SQLSTATE.lockNotAvailable]

/** How an earlier attempt at the very same index ended. */
export type Earlier = 'none' | 'cut-off' | 'failed'

export interface IndexBuild {
  readonly state: 'applied' | 'skipped'
  readonly attempts: number
}

/**
 * Runs a CREATE INDEX CONCURRENTLY to a valid index. What an earlier attempt of ours left is recognised:
 * a valid index means that it had succeeded, an invalid one is dropped and built anew. After a failure the invalid
 * index is dropped, since it costs every write and serves no read.
 * @returns `skipped` when the earlier attempt had succeeded
 * @throws HowdahError index-invalid, and what `send` throws
 */
export async function buildConcurrently(
  context: StepContext,
  index: RelationName,
  earlier: Earlier,
  send: () => Promise<unknown>,
): Promise<IndexBuild> {
  const { connection, runtime } = context
  const found = await readIndex(connection, index)
  if (found?.valid && earlier === 'cut-off') return { state: 'skipped', attempts: 1 }
  const ours = found === undefined || (!found.valid && earlier !== 'none')
  if (found && ours) {
    const sentence = `dropping the invalid index ${index.name} that an interrupted build left`
    logEvent(runtime.log, 'index.healing', sentence, { index: index.name })
    await dropIndex(connection, index)
  }
  for (let attempts = 1; ; attempts++) {
    try {
      await watchBuild(context, index.name, send)
      const built = await readIndex(connection, index)
      if (!built?.valid) throw new HowdahError('index-invalid', { index: index.name })
      return { state: 'applied', attempts }
    } catch (error) {
      if (ours && !connection.lost) await dropIfInvalid(connection, index, error)
      const passing = error instanceof HowdahError && RETRIED.includes(sqlstateOf(error.cause))
      if (!passing || attempts === BUILD_ATTEMPTS || runtime.signal.aborted) throw error
      const fields = { index: index.name, attempts }
      logEvent(runtime.log, 'index.retrying', `building index ${index.name} again: ${error.message}`, fields)
    }
  }
}

/** The schema an index will be in: its table's. An unqualified table is where the search path finds it. */
export async function schemaOfIndex(connection: Connection, table: RelationName): Promise<string> {
  return table.schema ?? (await schemaOf(connection, table.name))
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

/** Whether one of some indexes is there and INVALID. */
export async function anyInvalid(connection: Connection, indexes: readonly RelationName[]): Promise<boolean> {
  const names = indexes.map(({ schema, name }) =>
    [schema, name].flatMap(part => (part ? [escapeIdentifier(part)] : [])).join('.'),
  )
  const rows = await connection.rows(
    'SELECT FROM unnest($1::text[]) AS n JOIN pg_index i ON i.indexrelid = to_regclass(n) WHERE NOT i.indisvalid',
    [names],
  )
  return rows.length > 0
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
