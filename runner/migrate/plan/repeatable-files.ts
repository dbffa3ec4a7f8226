import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError, messageOf, systemCodeOf } from '../../core/errors.ts'

/** The texts of `repeatable/*.sql` by name, in the order they are applied; none where there is no such folder. @throws HowdahError migrations-unreadable */
export async function readRepeatableFiles({
  directory,
}: Pick<DatabaseFolder, 'directory'>): Promise<ReadonlyMap<string, string>> {
  const path = join(directory, 'repeatable')
  try {
    const names = (await readdir(path)).filter(name => name.endsWith('.sql')).sort()
    const texts = names.map(async name => [name, await readFile(join(path, name), 'utf8')] as const)
    return new Map(await Promise.all(texts))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return new Map()
    throw new HowdahError('migrations-unreadable', { path, reason: messageOf(error) }, { cause: error })
  }
}
