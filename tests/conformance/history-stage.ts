import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import type { CaseRow, HistoryCase } from './history-cases.ts'

const COLUMNS =
  'id, checksum, migration_name, started_at, finished_at, rolled_back_at, logs, applied_steps_count'

/** Makes the folder hold these migrations and nothing else. */
export async function placeMigrations(folder: string, migrations: HistoryCase['migrations']): Promise<void> {
  await rm(folder, { recursive: true })
  await mkdir(folder)
  for (const { name, script } of migrations) {
    await mkdir(join(folder, name))
    if (script !== null) await writeFile(join(folder, name, 'migration.sql'), script)
  }
}

/** Makes the history these rows and nothing else. */
export async function writeHistory(client: Client, rows: readonly CaseRow[]): Promise<void> {
  await client.query('TRUNCATE _prisma_migrations')
  if (rows.length === 0) return
  const records = rows.map((row, index) => ({
    id: `row-${index}`,
    checksum: row.checksum,
    migration_name: row.name,
    started_at: row.startedAt,
    finished_at: row.finishedAt,
    rolled_back_at: row.rolledBackAt,
    logs: row.logs,
    applied_steps_count: row.steps,
  }))
  await client.query(
    `INSERT INTO _prisma_migrations (${COLUMNS})
     SELECT ${COLUMNS} FROM json_populate_recordset(NULL::_prisma_migrations, $1::json)`,
    [JSON.stringify(records)],
  )
}

/** The rows without what differs from run to run: their times, and the ids of new ones. */
export async function readHistoryRows(client: Client): Promise<unknown[]> {
  const { rows } = await client.query(
    `SELECT CASE WHEN id LIKE 'row-%' THEN id ELSE 'new' END AS id, migration_name, checksum, logs, applied_steps_count,
            finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back,
            finished_at = started_at AS at_once
       FROM _prisma_migrations ORDER BY started_at, id`,
  )
  return rows
}
