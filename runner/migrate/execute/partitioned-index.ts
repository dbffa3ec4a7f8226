import { createHash } from 'node:crypto'
import { escapeIdentifier } from 'pg'
import type { Connection } from '../../postgres/connect.ts'
import type { RelationName } from '../../sql/classify.ts'
import { type IndexParts, takeIndexApart } from '../../sql/index-statement.ts'

interface Relation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly partitioned: boolean
}

/** How the recipe runs its statements. */
export interface PartitionedBuild {
  readonly connection: Connection
  /** Whether an earlier attempt at the same statement may have left a part of this. */
  readonly resumed: boolean
  /** A short statement in a transaction of its own, with the run's lock policy. */
  readonly brief: (text: string) => Promise<void>
  /** A concurrent build, watched and retried; leaves a valid index or none. */
  readonly concurrent: (text: string, index: RelationName) => Promise<void>
}

/** The partitioned table a statement means; `undefined` for an ordinary table. */
export async function partitionedTable(
  connection: Connection,
  { schema, name }: RelationName,
): Promise<Relation | undefined> {
  const qualified = [schema, name].flatMap(part => (part ? [escapeIdentifier(part)] : [])).join('.')
  const [row] = await connection.rows<Relation>(
    `${RELATION} WHERE c.oid = to_regclass($1) AND c.relkind = 'p'`,
    [qualified],
  )
  return row
}

const RELATION = `SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`

/**
 * Postgres refuses CREATE INDEX CONCURRENTLY on a partitioned table, and without CONCURRENTLY it locks every partition
 * against writes for the whole build. So: the index on the parent alone (not valid yet, nothing is built), a concurrent
 * build on each partition, and each one attached; with the last, Postgres marks the parent's index valid.
 * Run again after a crash it goes on with the partitions that are not attached.
 */
export async function buildPartitionedIndex(
  build: PartitionedBuild,
  table: Relation,
  index: string,
  text: string,
): Promise<void> {
  await buildLevel(build, table, index, takeIndexApart(text))
}

async function buildLevel(
  build: PartitionedBuild,
  table: Relation,
  index: string,
  parts: IndexParts,
): Promise<void> {
  const { connection, resumed, brief, concurrent } = build
  const parentIndex = qualify(table.schema, index)
  // Without an earlier attempt an index of that name is somebody else's, and Postgres says so.
  if (!resumed || !(await exists(connection, table.schema, index))) {
    await brief(
      `CREATE ${unique(parts)}INDEX ${escapeIdentifier(index)} ON ONLY ${qualify(table.schema, table.name)} ${parts.tail}`,
    )
  }
  for (const partition of await unattached(connection, table, index)) {
    const name = partitionIndexName(partition.name, index)
    if (partition.partitioned) await buildLevel(build, partition, name, parts)
    else {
      const target = qualify(partition.schema, partition.name)
      const statement = `CREATE ${unique(parts)}INDEX CONCURRENTLY ${escapeIdentifier(name)} ON ${target} ${parts.tail}`
      await concurrent(statement, { schema: partition.schema, name })
    }
    await brief(`ALTER INDEX ${parentIndex} ATTACH PARTITION ${qualify(partition.schema, name)}`)
  }
}

const unique = (parts: IndexParts) => (parts.unique ? 'UNIQUE ' : '')

const qualify = (schema: string, name: string) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`

async function exists(connection: Connection, schema: string, index: string): Promise<boolean> {
  const [row] = await connection.rows('SELECT 1 FROM pg_class WHERE oid = to_regclass($1)', [
    qualify(schema, index),
  ])
  return row !== undefined
}

/** The direct partitions of a table that have no index below this one. */
async function unattached(connection: Connection, table: Relation, index: string): Promise<Relation[]> {
  return connection.rows<Relation>(
    `${RELATION} JOIN pg_inherits i ON i.inhrelid = c.oid
      WHERE i.inhparent = $1::float8::int8::oid AND NOT EXISTS (
        SELECT FROM pg_inherits a JOIN pg_index x ON x.indexrelid = a.inhrelid
         WHERE a.inhparent = to_regclass($2) AND x.indrelid = c.oid)
      ORDER BY n.nspname, c.relname`,
    [table.oid, qualify(table.schema, index)],
  )
}

const LONGEST_NAME_BYTES = 63

/** Both names where they fit, else cut with a digest of both, so that no two partitions get the same. */
function partitionIndexName(partition: string, index: string): string {
  const name = `${partition}_${index}`
  if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${Buffer.from(name)
    .toString('utf8', 0, LONGEST_NAME_BYTES - 12)
    .replace(/\uFFFD+$/, '')}_${digest}`
}
