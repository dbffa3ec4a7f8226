import { escapeIdentifier } from 'pg'
import type { Connection } from '../../postgres/connect.ts'
import { sqlstateOf } from '../../postgres/sqlstate.ts'
import type { RollbackLoss } from './grade.ts'

/** How many rows, or values that are not null, are there now. */
export interface LossCount {
  readonly rows: number
  readonly isEstimate: boolean
}

/** A loss with what the live database has of it; `null` where there is nothing to count, or nobody can tell. */
export interface CountedLoss extends RollbackLoss {
  readonly count: LossCount | null
}

/** How long one count may wait for a lock, and take; after that the planner's estimate has to do. */
const PATIENCE_MS = { lock: 200, statement: 2000 }

/** Counts what each loss is about. Changes nothing. */
export async function countLosses(
  connection: Connection,
  losses: readonly RollbackLoss[],
): Promise<CountedLoss[]> {
  const counts = new Map<string, LossCount | null>()
  const counted: CountedLoss[] = []
  for (const loss of losses) {
    const { relation, column, by } = loss
    if (!relation || by === 'migration') {
      counted.push({ ...loss, count: null })
      continue
    }
    const table = [relation.schema ?? connection.target.schema, relation.name].map(escapeIdentifier).join('.')
    const key = `${table} ${column ?? ''}`
    if (!counts.has(key)) counts.set(key, await countRows(connection, table, column))
    counted.push({ ...loss, count: counts.get(key) ?? null })
  }
  return counted
}

async function countRows(
  connection: Connection,
  table: string,
  column: string | undefined,
): Promise<LossCount | null> {
  try {
    return await connection.transaction(async () => {
      await connection.run(
        `SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = ${PATIENCE_MS.lock}; SET LOCAL statement_timeout = ${PATIENCE_MS.statement}`,
      )
      const what = column === undefined ? '*' : escapeIdentifier(column)
      const { rows } = await connection.row<{ rows: string }>(`SELECT count(${what}) AS rows FROM ${table}`)
      return { rows: Number(rows), isEstimate: false }
    })
  } catch (error) {
    // Too big, held by somebody, not to be read, or not there any more: an earlier attempt may have dropped it.
    if (sqlstateOf(error) === undefined) throw error
    return estimateRows(connection, table)
  }
}

async function estimateRows(connection: Connection, table: string): Promise<LossCount | null> {
  const [row] = await connection.rows<{ rows: number }>(
    'SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass($1) AND reltuples >= 0',
    [table],
  )
  return row ? { rows: row.rows, isEstimate: true } : null
}
