import { cli } from './cli.ts'
import { query, type TestDatabase } from './postgres.ts'
import type { TestProject } from './project.ts'

/** A first migration: a table, and a row that holds a semicolon. */
export const INIT = 'CREATE TABLE a (id int PRIMARY KEY, name text);\nINSERT INTO a VALUES (1, $$x;y$$);\n'

export const deploy = (project: TestProject, db: TestDatabase, ...args: string[]) =>
  cli(['migrate', 'deploy', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

export const status = (project: TestProject, db: TestDatabase) =>
  cli(['migrate', 'status', '--json'], { cwd: project.directory, env: { DATABASE_URL: db.url } })

export interface HistoryRow {
  migration_name: string
  finished: boolean
  rolled_back: boolean
  logs: string | null
  applied_steps_count: number
}

export const history = (db: TestDatabase) =>
  query<HistoryRow>(
    db.url,
    `SELECT migration_name, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back, logs, applied_steps_count
       FROM _prisma_migrations ORDER BY started_at`,
  )

/** Whether the database has a relation of that name. */
export const exists = async (db: TestDatabase, name: string) =>
  (await query<{ there: boolean }>(db.url, 'SELECT to_regclass($1) IS NOT NULL AS there', [name]))[0]?.there
