import { escapeLiteral } from 'pg'
import { type Moment, momentSql } from '../../ledger/moment.ts'
import type { Connection } from '../../postgres/connect.ts'
import { historyTable } from './prisma-history.ts'

/**
 * Prisma's row transitions as text, to travel in one message with what they record: insert, one step counted, finished;
 * or the error in `logs`, or rolled back.
 */

export interface HistoryStart {
  readonly id: string
  readonly name: string
  readonly checksum: string
  readonly startedAt: Date
}

export function startedRow(connection: Connection, row: HistoryStart): string {
  const values = [row.id, row.checksum, row.name].map(value => escapeLiteral(value))
  return `INSERT INTO ${historyTable(connection)} (id, checksum, migration_name, started_at) VALUES (${values.join(', ')}, ${momentSql(row.startedAt)})`
}

/** A row that appears finished, together with what it records. */
export function appliedRow(
  connection: Connection,
  row: Omit<HistoryStart, 'startedAt'> & { readonly startedAt: Moment },
  at: Moment,
): string {
  const values = [row.id, row.checksum, row.name].map(value => escapeLiteral(value))
  return `INSERT INTO ${historyTable(connection)} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
    VALUES (${values.join(', ')}, ${momentSql(row.startedAt)}, ${momentSql(at)}, 1)`
}

export function finishedRow(connection: Connection, id: string, at: Date): string {
  return `UPDATE ${historyTable(connection)} SET applied_steps_count = applied_steps_count + 1, finished_at = ${momentSql(at)} WHERE id = ${escapeLiteral(id)}`
}

export function failedRow(connection: Connection, id: string, logs: string): string {
  return `UPDATE ${historyTable(connection)} SET logs = ${escapeLiteral(logs)} WHERE id = ${escapeLiteral(id)}`
}

/** What a rollback does to the rows of a migration that was applied: to Prisma it is pending again. */
export function undoneRows(connection: Connection, name: string, at: Date): string {
  return `UPDATE ${historyTable(connection)} SET rolled_back_at = ${momentSql(at)}
    WHERE migration_name = ${escapeLiteral(name)} AND rolled_back_at IS NULL`
}

/** What `resolve --rolled-back` does to the open rows of a migration. */
export function rolledBackRows(connection: Connection, name: string, at: Date): string {
  return `UPDATE ${historyTable(connection)} SET rolled_back_at = ${momentSql(at)}
    WHERE migration_name = ${escapeLiteral(name)} AND finished_at IS NULL AND rolled_back_at IS NULL`
}
