import { escapeIdentifier } from 'pg'
import type { Connection } from '../postgres/connect.ts'

/** A row of `_prisma_migrations`. */
export interface HistoryRow {
  readonly id: string
  readonly name: string
  readonly checksum: string
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly rolledBackAt: Date | null
}

/** What Prisma's history says; `undefined` rows mean that there is no history table. */
export interface History {
  readonly rows: readonly HistoryRow[] | undefined
  /** Tables in the schema besides the history, counted as Prisma does before it refuses with P3005. */
  readonly otherTables: number
}

/** The table Prisma keeps its history in, qualified: a migration may have changed the search path. */
export function historyTable(connection: Connection): string {
  return `${escapeIdentifier(connection.target.schema)}._prisma_migrations`
}

export async function readHistory(connection: Connection): Promise<History> {
  const { present, others } = await connection.row<{ present: boolean; others: number }>(
    `SELECT coalesce(bool_or(c.relname = '_prisma_migrations'), false) AS present,
            count(*) FILTER (WHERE c.relname <> '_prisma_migrations')::int AS others
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [connection.target.schema],
  )
  if (!present) return { rows: undefined, otherTables: others }
  const rows = await connection.rows<HistoryRow>(
    `SELECT id, migration_name AS name, checksum, started_at AS "startedAt", finished_at AS "finishedAt",
            rolled_back_at AS "rolledBackAt"
       FROM ${historyTable(connection)} ORDER BY started_at`,
  )
  return { rows, otherTables: others }
}

/** The table as Prisma's Postgres connector makes it, letter for letter (schema-engine, flavour/postgres). */
export async function createHistory(connection: Connection): Promise<void> {
  await connection.run(`CREATE TABLE ${historyTable(connection)} (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`)
}

/** Prisma's row transitions, in its order: insert, then one step counted, then finished; or the error's text in `logs`. */
export async function insertStarted(
  connection: Connection,
  row: { readonly name: string; readonly checksum: string; readonly startedAt: Date },
): Promise<string> {
  const id = crypto.randomUUID()
  await connection.run(
    `INSERT INTO ${historyTable(connection)} (id, checksum, started_at, migration_name) VALUES ($1, $2, $3, $4)`,
    [id, row.checksum, row.startedAt, row.name],
  )
  return id
}

export async function markFinished(connection: Connection, id: string, at: Date): Promise<void> {
  const table = historyTable(connection)
  await connection.run(
    `UPDATE ${table} SET applied_steps_count = applied_steps_count + 1, finished_at = $2 WHERE id = $1`,
    [id, at],
  )
}

export async function markFailed(connection: Connection, id: string, logs: string): Promise<void> {
  await connection.run(`UPDATE ${historyTable(connection)} SET logs = $2 WHERE id = $1`, [id, logs])
}

/** What `prisma migrate resolve --rolled-back` does to the open rows of a migration. */
export async function markRolledBack(connection: Connection, name: string, at: Date): Promise<void> {
  await connection.run(
    `UPDATE ${historyTable(connection)} SET rolled_back_at = $2
      WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [name, at],
  )
}
