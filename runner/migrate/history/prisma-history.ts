import { escapeIdentifier, escapeLiteral } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import { STEP_RECORDS, type StepRow } from '../../ledger/steps.ts'
import type { Connection } from '../../postgres/connect.ts'
import { type OptionalQuery, readOptionalRows } from '../../postgres/optional-rows.ts'

const HISTORY_TABLE = '_prisma_migrations'

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

/** Everything the database has on record about migrations, as of one moment. */
export interface Records {
  readonly history: History
  /** Our own record, oldest first. */
  readonly steps: readonly StepRow[]
}

/**
 * Reads Prisma's history and our ledger in one round trip.
 * @throws HowdahError history-of-prisma-8
 */
export async function readRecords(connection: Connection): Promise<Records> {
  const { schema } = connection.target
  const [others, rows, marker, steps] = await readOptionalRows(connection, [
    otherTables(schema),
    {
      schema,
      table: HISTORY_TABLE,
      select: `SELECT id, migration_name AS name, checksum, started_at AS "startedAt", finished_at AS "finishedAt",
                      rolled_back_at AS "rolledBackAt"
                 FROM ${historyTable(connection)} ORDER BY started_at`,
    },
    PRISMA_8_MARKER,
    STEP_RECORDS,
  ])
  if (marker) throw new HowdahError('history-of-prisma-8', { database: connection.target.database })
  return {
    history: {
      rows: (rows as RecordedRow[] | undefined)?.map(toHistoryRow),
      otherTables: (others as { count: number }[] | undefined)?.[0]?.count ?? 0,
    },
    steps: (steps as StepRow[] | undefined) ?? [],
  }
}

/** Counted in the catalogue, which is always there. */
const otherTables = (schema: string): OptionalQuery => ({
  schema: 'pg_catalog',
  table: 'pg_class',
  select: `SELECT count(*)::int AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ${escapeLiteral(schema)} AND c.relkind = 'r' AND c.relname <> '${HISTORY_TABLE}'`,
})

/**
 * Where Prisma 8 keeps its history instead: one row that says which contract the database fulfils, and a ledger. A database
 * that has it is no longer described by `_prisma_migrations`, even where that table was left behind.
 */
const PRISMA_8_MARKER: OptionalQuery = {
  schema: 'prisma_contract',
  table: 'marker',
  select: 'SELECT 1 AS present',
}

type RecordedRow = Readonly<Record<'id' | 'name' | 'checksum' | 'startedAt', string>> &
  Readonly<Record<'finishedAt' | 'rolledBackAt', string | null>>

function toHistoryRow({ startedAt, finishedAt, rolledBackAt, ...row }: RecordedRow): HistoryRow {
  const time = (text: string | null) => (text === null ? null : new Date(text))
  return {
    ...row,
    startedAt: new Date(startedAt),
    finishedAt: time(finishedAt),
    rolledBackAt: time(rolledBackAt),
  }
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

/** The row `prisma migrate resolve --applied` adds: begun and finished at once, no step counted, empty `logs`. */
export async function insertApplied(
  connection: Connection,
  row: { readonly name: string; readonly checksum: string; readonly at: Date },
): Promise<void> {
  await connection.run(
    `INSERT INTO ${historyTable(connection)} (id, checksum, logs, started_at, finished_at, migration_name)
     VALUES ($1, $2, '', $3, $3, $4)`,
    [crypto.randomUUID(), row.checksum, row.at, row.name],
  )
}
