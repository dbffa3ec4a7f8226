import { cli } from './cli.ts'
import { history, status } from './migrations.ts'
import type { TestDatabase } from './postgres.ts'
import type { TestProject } from './project.ts'

export const rollback = (project: TestProject, db: TestDatabase, ...args: readonly string[]) =>
  cli(['migrate', 'rollback', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

/** Prisma's rows, oldest first. */
export const rows = async (db: TestDatabase) =>
  (await history(db)).map(row => `${row.migration_name} ${row.rolled_back ? 'rolled back' : 'applied'}`)

/** Where each migration stands, as status tells. */
export const states = async (project: TestProject, db: TestDatabase): Promise<string[]> =>
  JSON.parse((await status(project, db)).stdout).migrations.map(({ state }: { state: string }) => state)
