import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'

/** The files of one database of the estate: `prisma/<name>/`. Paths are absolute. */
export interface DatabaseFolder {
  readonly name: string
  readonly directory: string
  readonly migrations: string
}

/**
 * Finds the folder of a database below `prisma/`; without a name, the only one there is.
 * @throws HowdahError database-unknown, migrations-unreadable, usage-invalid when several exist and none was named
 */
export async function resolveDatabaseFolder(cwd: string, name: string | undefined): Promise<DatabaseFolder> {
  const root = join(cwd, 'prisma')
  const known = await databaseNames(root)
  const chosen = name ?? (known.length === 1 ? known[0] : undefined)
  if (chosen === undefined) {
    const problem =
      known.length === 0
        ? 'there is no database folder below prisma/'
        : `several databases exist: ${known.join(', ')}; name one with --database`
    throw new HowdahError('usage-invalid', { problem })
  }
  if (!known.includes(chosen))
    throw new HowdahError('database-unknown', { database: chosen, folder: 'prisma', known })
  const directory = join(root, chosen)
  return { name: chosen, directory, migrations: join(directory, 'migrations') }
}

async function databaseNames(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true })
    return entries
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort()
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw new HowdahError('migrations-unreadable', { path: root, reason: messageOf(error) }, { cause: error })
  }
}
