import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HowdahError, messageOf, systemCodeOf } from '../core/errors.ts'

/** A file of a Prisma schema, as the engine takes it. */
export interface SchemaFile {
  readonly path: string
  readonly content: string
}

/**
 * Reads a Prisma schema: one file, or every `.prisma` file of a folder and the folders below it, as Prisma does.
 * @throws HowdahError schema-unreadable
 */
export async function readSchemaFiles(path: string | undefined): Promise<SchemaFile[]> {
  if (path === undefined)
    throw new HowdahError('schema-unreadable', { path: 'schema.prisma', reason: 'none was found' })
  try {
    const names = (await stat(path)).isDirectory()
      ? (await readdir(path, { recursive: true })).filter(name => name.endsWith('.prisma')).sort()
      : ['']
    if (names.length === 0)
      throw new HowdahError('schema-unreadable', { path, reason: 'it holds no .prisma file' })
    return await Promise.all(
      names.map(async name => {
        const file = name === '' ? path : join(path, name)
        return { path: file, content: await readFile(file, 'utf8') }
      }),
    )
  } catch (error) {
    if (error instanceof HowdahError) throw error
    const reason = systemCodeOf(error) === 'ENOENT' ? 'it does not exist' : messageOf(error)
    throw new HowdahError('schema-unreadable', { path, reason }, { cause: error })
  }
}

/** Only a Prisma schema over several of Postgres' schemas says which one a model is in. */
export const speaksOfSchemas = (files: readonly SchemaFile[]) =>
  files.some(({ content }) => /^\s*@@schema\(/m.test(content))
