import { readlink, statfs } from 'node:fs/promises'
import type { Connection } from './connect.ts'

/** The file system the server keeps its data on, as `df` counts: without what only root may use. */
export interface DataDisk {
  readonly sizeBytes: number
  readonly freeBytes: number
}

/**
 * The disk of the server's data; `undefined` where nobody here can tell. SQL does not say. On the
 * server's own machine the working directory of the session's process is the data directory (Postgres changes into it at
 * its start), which the kernel shows to the same user and to root; that it is the same directory is what proves that the
 * process of that number is our session's and not some other machine's.
 */
export async function readDataDisk(connection: Connection): Promise<DataDisk | undefined> {
  const { processId } = connection
  if (processId === null) return undefined
  try {
    // Only superusers and pg_read_all_settings may know it; others get an error.
    const { directory } = await connection.row<{ directory: string }>(
      "SELECT current_setting('data_directory') AS directory",
    )
    const place = `/proc/${processId}/cwd`
    if ((await readlink(place)) !== directory) return undefined
    const { blocks, bfree, bavail, bsize } = await statfs(place)
    return { sizeBytes: (blocks - bfree + bavail) * bsize, freeBytes: bavail * bsize }
  } catch {
    return undefined
  }
}

/** Bytes that are free where the server keeps its data; `undefined` where nobody here can tell. */
export async function readFreeDiskBytes(connection: Connection): Promise<number | undefined> {
  return (await readDataDisk(connection))?.freeBytes
}

/** Bytes of all of this database's files. Asks the file system and locks no table. */
export async function readDatabaseBytes(connection: Connection): Promise<number> {
  const { bytes } = await connection.row<{ bytes: string }>(
    'SELECT pg_database_size(current_database())::text AS bytes',
  )
  return Number(bytes)
}

/** Average bytes of a column's values, by table (`relationKey`) and column, as the last ANALYZE saw them. */
export async function readColumnWidths(
  connection: Connection,
  tables: readonly { readonly schema: string; readonly name: string }[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const rows = await connection.rows<{ key: string; widths: Record<string, number> }>(
    `SELECT json_build_array(s.schemaname, s.tablename)::text AS key, json_object_agg(s.attname, s.avg_width) AS widths
       FROM pg_stats s JOIN unnest($1::text[], $2::text[]) AS t (schema, name)
         ON s.schemaname = t.schema AND s.tablename = t.name AND NOT s.inherited
      GROUP BY s.schemaname, s.tablename`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  )
  return new Map(
    rows.map(({ key, widths }) => [JSON.stringify(JSON.parse(key)), new Map(Object.entries(widths))]),
  )
}
