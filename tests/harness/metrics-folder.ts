import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type DatabaseFolder, resolveDatabaseFolder } from '../../runner/config/database-folder.ts'

/** A database folder with these migrations, removed after the test. */
export async function folderWith(...names: readonly string[]): Promise<DatabaseFolder> {
  const root = await mkdtemp(join(tmpdir(), 'howdah-metrics-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const name of names) {
    const directory = join(root, 'prisma', 'shop', 'migrations', name)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'migration.sql'), 'SELECT 1;\n')
  }
  return resolveDatabaseFolder(root, undefined)
}

/** Prisma's history, empty. */
export const HISTORY = `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL,
  finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`
