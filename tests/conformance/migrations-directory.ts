import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'

/**
 * Reads a migrations directory the way Prisma's CLI does: every folder in `localeCompare` order, and a folder without
 * a readable `migration.sql` carried along as an error for the engine to judge.
 */
export async function readMigrations(directory: string): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort((a, b) => a.localeCompare(b))
  return {
    baseDir: directory,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readText(join(directory, 'migration_lock.toml')),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map(name => readMigration(directory, name))),
  }
}

/** A migrations list from values, for tests that need no files. */
export function migrationsOf(scripts: Readonly<Record<string, string>>): MigrationList {
  return {
    baseDir: '/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: Object.entries(scripts).map(([path, value]) => ({
      path,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } },
    })),
  }
}

async function readMigration(directory: string, name: string) {
  const value = await readText(join(directory, name, 'migration.sql'))
  const content =
    value === null
      ? { tag: 'error' as const, value: `${name} has no readable migration.sql` }
      : { tag: 'ok' as const, value }
  return { path: name, migrationFile: { path: 'migration.sql', content } }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return null
  }
}
