import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { cli } from './cli.ts'
import type { PooledDatabase } from './pooled-database.ts'
import { type PoolerTask, startPoolerTask } from './pooler-image.ts'

/** A verb of `howdah pooler` for these tasks, reporting to a program. */
export const pooler = (verb: string, tasks: readonly PoolerTask[], ...args: string[]) =>
  cli(['pooler', verb, '--json', ...args], {
    env: { HOWDAH_POOLER_ADMIN_URLS: tasks.map(({ adminUrl }) => adminUrl).join(',') },
  })

/** The states of their processes. */
export const pausedIn = async (tasks: readonly PoolerTask[]) => {
  const { stdout } = await pooler('status', tasks)
  return (JSON.parse(stdout).processes as { state: string }[]).map(({ state }) => state)
}

/** A client that outlives what is done to its connection. */
export async function clientOf(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** Two tasks, one of them with two processes: three processes in all. */
export async function threeProcesses(
  db: PooledDatabase,
  more: Partial<Parameters<typeof startPoolerTask>[0]> = {},
) {
  return [
    await startPoolerTask({ settings: { ...db.settings, processes: 2 }, ...more }),
    await startPoolerTask({ settings: db.settings, ...more }),
  ]
}

/** A folder for a target file, which the containers may read. */
export async function targetFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'howdah-target-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  return folder
}
