import { copyFile, mkdir, opendir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '../core/errors.ts'
import type { Connection } from '../postgres/connect.ts'

/**
 * Directories a base backup leaves empty: their content belongs to the running server, or comes over the wire.
 * Source: PostgreSQL manual, "Making a Base Backup Using the Low Level API".
 */
const EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
])

const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_internal.init'])

/**
 * Copies the data directory of a running server between `pg_backup_start` and `pg_backup_stop`. The server restores
 * what changed under the copy from its log, which `backup_label` tells it where to begin.
 * The session must stay open from one to the other: ending it ends the backup.
 */
export async function copyRunningServer(connection: Connection, from: string, to: string): Promise<void> {
  await connection.run(`SELECT pg_backup_start('howdah', true)`)
  await copyDirectory(from, to)
  const { label, spaces } = await connection.row<{ label: string; spaces: string }>(
    'SELECT labelfile AS label, spcmapfile AS spaces FROM pg_backup_stop(false)',
  )
  await writeFile(join(to, 'backup_label'), label, { mode: 0o600 })
  if (spaces.trim()) await writeFile(join(to, 'tablespace_map'), spaces, { mode: 0o600 })
}

async function copyDirectory(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for await (const entry of await opendir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith('pgsql_tmp')) continue
    if (entry.isDirectory() && EMPTY.has(entry.name)) await makeEmpty(source, target)
    else if (entry.isDirectory()) await copyDirectory(source, target)
    else await copyUnlessGone(source, target)
  }
}

/** The sub-directories themselves (pg_wal/archive_status, for one) have to exist. */
async function makeEmpty(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isDirectory() && from.endsWith('pg_wal')) await mkdir(join(to, entry.name), { mode: 0o700 })
  }
}

/** A table dropped meanwhile is gone from the log's point of view too. */
async function copyUnlessGone(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (error) {
    const gone = systemCodeOf(error) === 'ENOENT' && (await stat(from).catch(() => undefined)) === undefined
    if (!gone) throw error
  }
}
