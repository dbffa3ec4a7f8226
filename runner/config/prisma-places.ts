import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readPrismaConfig } from './prisma-config.ts'

/** Where a Prisma project has its schema and its migrations. Paths are absolute. */
export interface PrismaPlaces {
  /** A file, or a folder of `.prisma` files; `undefined` where only migrations were found. */
  readonly schema: string | undefined
  readonly migrations: string
}

/**
 * Finds a project's schema and migrations the way Prisma 5 to 7 do:
 * the schema by argument, `prisma.config.ts`, `prisma.schema` of the nearest package.json (which a configuration file
 * switches off), `schema.prisma`, `prisma/schema.prisma`, `prisma/schema/`; the migrations by `prisma.config.ts`, else
 * beside the schema. A folder `prisma/migrations` without any schema is enough for us.
 * @throws HowdahError prisma-config-unreadable
 */
export async function findPrismaPlaces(
  cwd: string,
  given: string | undefined,
): Promise<PrismaPlaces | undefined> {
  const config = await readPrismaConfig(cwd)
  const schema =
    (given === undefined ? undefined : resolve(cwd, given)) ??
    config?.schema ??
    (config ? undefined : schemaOfPackage(cwd)) ??
    DEFAULTS.map(path => join(cwd, path)).find(exists)
  if (config?.migrations !== undefined) return { schema, migrations: config.migrations }
  if (schema !== undefined) return { schema, migrations: migrationsBeside(schema) }
  const migrations = join(cwd, 'prisma/migrations')
  return isDirectory(migrations) ? { schema, migrations } : undefined
}

const DEFAULTS = ['schema.prisma', 'prisma/schema.prisma', 'prisma/schema']

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined
const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Beside the file that holds the datasource; with a folder of schemas, Prisma's preview kept them beside the folder. */
function migrationsBeside(schema: string): string {
  if (!isDirectory(schema)) return join(dirname(schema), 'migrations')
  const inside = join(datasourceFolder(schema) ?? schema, 'migrations')
  const beside = join(dirname(schema), 'migrations')
  return isDirectory(beside) && !isDirectory(inside) ? beside : inside
}

function datasourceFolder(folder: string): string | undefined {
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.prisma'))
    .sort()
    .find(path => /^\s*datasource\s+\w+\s*\{/m.test(readFileSync(join(folder, path), 'utf8')))
  return file === undefined ? undefined : dirname(join(folder, file))
}

/** `prisma.schema` of the nearest package.json, upwards; Prisma 7 no longer looks there. */
function schemaOfPackage(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (exists(file)) {
      const schema = readSchemaKey(file)
      return schema === undefined ? undefined : resolve(folder, schema)
    }
    if (dirname(folder) === folder) return undefined
  }
}

function readSchemaKey(file: string): string | undefined {
  try {
    const { prisma } = JSON.parse(readFileSync(file, 'utf8')) as { readonly prisma?: { schema?: unknown } }
    return typeof prisma?.schema === 'string' ? prisma.schema : undefined
  } catch {
    // Not a package.json that npm could read either: it says nothing about Prisma.
    return undefined
  }
}
