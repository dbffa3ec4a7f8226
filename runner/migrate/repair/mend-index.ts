import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import type { Connection } from '../../postgres/connect.ts'
import { SQLSTATE, sqlstateOf } from '../../postgres/sqlstate.ts'
import type { WatchedBuild } from '../execute/watch-build.ts'
import { watchBuild } from '../execute/watch-build.ts'
import { type InvalidIndex, readInvalidIndexes } from './read-invalid-indexes.ts'
import type { LeftAlone, MendIndex } from './repair-plan.ts'

/**
 * Drops an INVALID index or builds it anew, concurrently and watched. Looks once more before it acts, since neither can be
 * part of a transaction.
 * @returns why it was left alone after all, if it was
 */
export async function mendIndex(context: WatchedBuild, repair: MendIndex): Promise<LeftAlone | undefined> {
  const { connection } = context
  const before = await readInvalidIndexes(connection)
  const index = before.find(({ oid }) => oid === repair.oid)
  if (!index) return undefined
  if (index.builders.length > 0)
    return leave(index, `process ${index.builders.join(', ')} has begun to work on ${index.table}`, [
      'Run `howdah migrate repair` again when that has finished.',
    ])
  // Both wait for older transactions, on whatever table; a timeout would leave one more INVALID index.
  await connection.guard({ lockTimeoutMs: 0, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 })
  const title = `index ${index.name}`
  if (repair.how === 'drop') {
    await watchBuild(context, title, () => drop(connection, index))
    return undefined
  }
  try {
    await watchBuild(context, title, () => connection.run(`REINDEX INDEX CONCURRENTLY ${nameOf(index)}`))
  } catch (error) {
    if (!connection.lost) await dropCopies(connection, index, before, error)
    if (sqlstateOf(error) !== SQLSTATE.uniqueViolation) throw error
    return leave(index, await duplicatesOf(connection, index), [
      'Make the rows unique, then run `howdah migrate repair` again.',
    ])
  }
  const after = await readInvalidIndexes(connection)
  if (after.some(({ id }) => id === index.id)) throw new HowdahError('index-invalid', { index: index.name })
  return undefined
}

const leave = (index: InvalidIndex, reason: string, instead: readonly string[]): LeftAlone => ({
  kind: 'invalid-index',
  subject: index.qualified,
  reason,
  instead,
})

const nameOf = ({ schema, name }: InvalidIndex) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`

const drop = (connection: Connection, index: InvalidIndex) =>
  connection.run(`DROP INDEX CONCURRENTLY IF EXISTS ${nameOf(index)}`)

/** A rebuild that fails leaves its copy behind, INVALID in its turn. */
async function dropCopies(
  connection: Connection,
  { name, table }: InvalidIndex,
  before: readonly InvalidIndex[],
  failure: unknown,
): Promise<void> {
  try {
    const known = new Set(before.map(({ oid }) => oid))
    const copies = (await readInvalidIndexes(connection)).filter(
      each => !known.has(each.oid) && each.table === table && each.twin === name,
    )
    for (const copy of copies) await drop(connection, copy)
  } catch (problem) {
    if (failure instanceof HowdahError) failure.attachCleanup(problem)
  }
}

interface UniqueParts {
  readonly keys: readonly string[]
  readonly predicate: string | null
  readonly nullsAreEqual: boolean
}

async function duplicatesOf(connection: Connection, index: InvalidIndex): Promise<string> {
  const { keys, predicate, nullsAreEqual } = await connection.row<UniqueParts & Record<string, unknown>>(
    `SELECT ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys,
            pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indnullsnotdistinct AS "nullsAreEqual"
       FROM pg_index i WHERE i.indexrelid = $1::float8::int8::oid`,
    [index.oid],
  )
  const conditions = [
    ...(predicate === null ? [] : [`(${predicate})`]),
    ...(nullsAreEqual ? [] : keys.map(key => `(${key}) IS NOT NULL`)),
  ]
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  const { count } = await connection.row<{ count: number }>(
    `SELECT count(*)::float8 AS count
       FROM (SELECT 1 FROM ${index.table} ${where} GROUP BY ${keys.map(key => `(${key})`).join(', ')} HAVING count(*) > 1) AS twice`,
  )
  return `it is unique, and ${count} of its keys ${count === 1 ? 'is' : 'are'} in ${index.table} more than once`
}
