import type { DatabaseFolder } from '../../config/database-folder.ts'
import { HowdahError } from '../../core/errors.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { readServerFacts, requireDirect, requireSupported } from '../../postgres/server-facts.ts'
import { type Comparison, compare } from './compare.ts'
import { readMigrationFiles } from './migration-files.ts'
import { type History, readRecords } from './prisma-history.ts'

/** What every verb of migrate is given. */
export interface MigrateOptions {
  readonly folder: DatabaseFolder
  /** The server's own address, not a pooler's. */
  readonly url: Secret
  /** The setting the URL came from. */
  readonly setting: string
  readonly connectTimeoutMs: number
  readonly runtime: Runtime
}

/** What is on disk and in the database, side by side. */
export interface Inspection {
  readonly comparison: Comparison
  readonly history: History
}

/**
 * Reads both sides, the database's in one round trip. Changes nothing and takes no lock.
 * @throws HowdahError migrations-unreadable, history-of-prisma-8
 */
export async function inspect(connection: Connection, folder: DatabaseFolder): Promise<Inspection> {
  const files = await readMigrationFiles(folder.migrations)
  const { history, steps } = await readRecords(connection)
  return { comparison: compare(files, history, steps), history }
}

/** Startup options of a session in which the server refuses every change. */
export const READ_ONLY = '-c default_transaction_read_only=on'

/** A session for reading. `verb` shows in `pg_stat_activity`. @throws HowdahError of `connect`, server-too-old */
export async function openReader(
  options: MigrateOptions,
  verb: string,
  startupOptions?: string,
): Promise<Connection> {
  const { url, setting, connectTimeoutMs } = options
  const applicationName = `howdah/${verb}`
  const given = startupOptions === undefined ? {} : { startupOptions }
  const connection = await connect({ url, setting, applicationName, connectTimeoutMs, ...given })
  try {
    requireSupported(await readServerFacts(connection))
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** A session for changing things: the primary's own. @throws HowdahError server-read-only, connection-pooled besides those of `openReader` */
export async function openWriter(options: MigrateOptions, verb: string): Promise<Connection> {
  const connection = await openReader(options, verb)
  try {
    const { host, port } = connection.target
    if ((await readServerFacts(connection)).inRecovery)
      throw new HowdahError('server-read-only', { host, port })
    await requireDirect(connection)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}
