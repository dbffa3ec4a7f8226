import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { ReleaseStack } from '../../core/release-stack.ts'

/** A folder with no history, which a server can be started with all the same. */
export async function withoutHistory(
  folder: DatabaseFolder,
  releases: ReleaseStack,
): Promise<DatabaseFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'howdah-no-history-'))
  releases.push(`removing ${directory}`, () => rm(directory, { recursive: true, force: true }))
  return { ...folder, directory, migrations: directory }
}

/** The folder with a history that can be deployed: before the first migration there is no directory, and an empty one does. */
export async function replayable(folder: DatabaseFolder, releases: ReleaseStack): Promise<DatabaseFolder> {
  if (await stat(folder.migrations).catch(() => undefined)) return folder
  const { migrations } = await withoutHistory(folder, releases)
  return { ...folder, migrations }
}
