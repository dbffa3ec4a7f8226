import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'

/** One migration as it lies on disk. */
export interface MigrationFiles {
  /** The folder's name: `20240101000000_init`. */
  readonly name: string
  /** The text of `migration.sql`; `undefined` when the folder has none. */
  readonly script: string | undefined
  /** The text of `extra.sql`; empty when there is none. */
  readonly extra: string
  /** The text of `down.sql`, which undoes both; `undefined` when there is none. */
  readonly down?: string | undefined
}

/**
 * Reads a folder of migrations in the order Prisma applies them. Synchronously: for 800 small files that takes 20 ms of
 * processor time, and 75 ms with promises (measured on Node 24), which is a third of a deploy that has nothing to do.
 * @throws HowdahError migrations-unreadable
 */
export async function readMigrationFiles(directory: string): Promise<MigrationFiles[]> {
  const names = read(directory, () =>
    readdirSync(directory, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name),
  )
  // Prisma sorts with localeCompare as well; for names that begin with a timestamp it is the order of the digits.
  names.sort(new Intl.Collator('en').compare)
  return names.map(name => ({
    name,
    script: readIfPresent(join(directory, name, 'migration.sql')),
    extra: readIfPresent(join(directory, name, 'extra.sql')) ?? '',
    down: readIfPresent(join(directory, name, 'down.sql')),
  }))
}

/** Most folders have no `extra.sql` and no `down.sql`; asking first is cheaper than the error of a failed read. */
function readIfPresent(path: string): string | undefined {
  return read(path, () => {
    if (!statSync(path, { throwIfNoEntry: false })) return undefined
    return readFileSync(path, 'utf8')
  })
}

function read<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT'
    const reason = missing ? 'it does not exist' : messageOf(error)
    throw new HowdahError('migrations-unreadable', { path, reason }, { cause: error })
  }
}
