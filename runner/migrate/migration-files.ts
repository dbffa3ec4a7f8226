import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'

/** One migration as it lies on disk. */
export interface MigrationFiles {
  /** The folder's name: `20240101000000_init`. */
  readonly name: string
  /** The text of `migration.sql`; `undefined` when the folder has none. */
  readonly script: string | undefined
  /** The text of `extra.sql`; empty when there is none. */
  readonly extra: string
}

/**
 * Reads a folder of migrations in the order Prisma applies them.
 * @throws HowdahError migrations-unreadable
 */
export async function readMigrationFiles(directory: string): Promise<MigrationFiles[]> {
  const names = await read(directory, async () => {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  })
  // Prisma sorts with localeCompare as well; for names that begin with a timestamp it is the order of the digits.
  names.sort((a, b) => a.localeCompare(b, 'en'))
  return Promise.all(
    names.map(async name => ({
      name,
      script: await readIfPresent(join(directory, name, 'migration.sql')),
      extra: (await readIfPresent(join(directory, name, 'extra.sql'))) ?? '',
    })),
  )
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return read(path, async () => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      throw error
    }
  })
}

async function read<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT'
    const reason = missing ? 'it does not exist' : messageOf(error)
    throw new HowdahError('migrations-unreadable', { path, reason }, { cause: error })
  }
}
