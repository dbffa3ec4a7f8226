import { readdir } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'
import { findPrismaPlaces } from './prisma-places.ts'

/** The files of one database. Paths are absolute. */
export interface DatabaseFolder {
  /** `prisma/<name>/` gives the name; a project with one database is called as its directory is. */
  readonly name: string
  readonly directory: string
  readonly migrations: string
  /** A file, or a folder of `.prisma` files; `undefined` where there is none. */
  readonly schema: string | undefined
}

/** The settings that name places; relative paths are relative to the project. */
export interface GivenPlaces {
  readonly schema?: string | undefined
  readonly migrations?: string | undefined
}

/**
 * Finds the files of a database. The first that applies:
 * 1. `migrations` as given (`--migrations`); no configuration of Prisma is read then
 * 2. `--database <name>`: `prisma/<name>/`, our layout for several databases
 * 3. as Prisma finds them: `--schema`, prisma.config.ts, package.json, the default places
 * 4. the only folder below `prisma/` there is
 * @throws HowdahError database-unknown, migrations-unreadable, prisma-config-unreadable, usage-invalid when nothing was
 *   found, or several databases and none was named
 */
export async function resolveDatabaseFolder(
  cwd: string,
  name: string | undefined,
  given: GivenPlaces = {},
): Promise<DatabaseFolder> {
  if (given.migrations !== undefined) {
    const schema = given.schema === undefined ? undefined : resolve(cwd, given.schema)
    return describeFolder(cwd, { schema, migrations: resolve(cwd, given.migrations) }, name)
  }
  if (name === undefined || given.schema !== undefined) {
    const places = await findPrismaPlaces(cwd, given.schema)
    if (places) return describeFolder(cwd, places, name)
  }
  const chosen = await chooseDatabase(join(cwd, 'prisma'), name)
  const directory = join(cwd, 'prisma', chosen)
  return {
    name: chosen,
    directory,
    migrations: join(directory, 'migrations'),
    schema: join(directory, 'schema.prisma'),
  }
}

function describeFolder(
  cwd: string,
  { schema, migrations }: { readonly schema: string | undefined; readonly migrations: string },
  name: string | undefined,
): DatabaseFolder {
  const directory = dirname(migrations)
  const [root, below, ...deeper] = relative(cwd, directory).split(sep)
  const own = root === 'prisma' && below !== undefined && deeper.length === 0 ? below : basename(resolve(cwd))
  return { name: name ?? own, directory, migrations, schema }
}

async function chooseDatabase(root: string, name: string | undefined): Promise<string> {
  const known = await databaseNames(root)
  const chosen = name ?? (known.length === 1 ? known[0] : undefined)
  if (chosen === undefined) {
    const problem =
      known.length === 0
        ? 'there are no migrations here: no prisma.config.ts, no prisma/schema.prisma, no prisma/<database>/; --migrations names their folder'
        : `several databases exist: ${known.join(', ')}; name one with --database`
    throw new HowdahError('usage-invalid', { problem })
  }
  if (!known.includes(chosen))
    throw new HowdahError('database-unknown', { database: chosen, folder: 'prisma', known })
  return chosen
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
