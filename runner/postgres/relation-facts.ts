import type { RelationName } from '../sql/classify.ts'
import { columnsProvedNotNull } from '../sql/locks/expressions.ts'
import { isUtc } from '../sql/locks/session-changes.ts'
import {
  type KnownColumn,
  type KnownConstraint,
  type KnownRelation,
  type KnownType,
  type RelationKind,
  relationKey,
  type TableFacts,
} from '../sql/locks/table-facts.ts'
import { parseScript } from '../sql/parse.ts'
import type { Connection } from './connect.ts'
import { relationFactsQuery, type SizeSource } from './relation-facts-query.ts'
import { SQLSTATE, sqlstateOf } from './sqlstate.ts'

/** How big a relation is. */
export interface RelationSize {
  /** Table, TOAST and indexes; a partitioned table's partitions. */
  readonly bytes: number
  /** Somebody held the table, so the size is what the last VACUUM or ANALYZE noted. */
  readonly isEstimate: boolean
  /** The planner's estimate; `null` when the table was never vacuumed or analysed. */
  readonly rows: number | null
}

export interface RelationFacts {
  readonly known: TableFacts
  /** By `relationKey`. */
  readonly sizes: ReadonlyMap<string, RelationSize>
}

interface FoundRow {
  schema: string
  name: string
  relkind: string
  bytes: string
  rows: number | null
  columns: {
    name: string
    type: string
    notNull: boolean
    isChecked: boolean
    isIndexed: boolean
    collation: string | null
  }[]
  constraints: {
    name: string
    contype: string
    columns: string[]
    references: NamePair | null
    isValid: boolean
    definition: string | null
  }[]
  index_of: NamePair | null
  parent: NamePair | null
  default_partition: NamePair | null
  children: NamePair[]
  referenced_by: NamePair[]
  reads: NamePair[]
  read_by: NamePair[]
}

interface FoundFacts {
  relations: FoundRow[]
  types: (NamePair & { kind: KnownType['kind']; base: string | null })[]
  time_zone: string
}

/** How long a plan waits for a table that somebody holds, before it takes an estimate for its size. */
const PATIENCE_MS = 200

type NamePair = { schema: string; name: string }

/**
 * What the catalogue says about relations and whatever hangs on them, in one query. Measuring a size waits for whoever
 * holds a table, so that is tried only briefly; the rest locks nothing but the catalogue. Names without a schema are looked for in `searchPath`; names that mean nothing are left out.
 */
export async function readRelationFacts(
  connection: Connection,
  names: readonly RelationName[],
  searchPath: readonly string[],
): Promise<RelationFacts> {
  const pairs = names.flatMap(({ schema, name }) =>
    (schema === undefined ? searchPath : [schema]).map(place => ({ schema: place, name })),
  )
  const values = [pairs.map(({ schema }) => schema), pairs.map(({ name }) => name)]
  const ask = (source: SizeSource) => connection.row<FoundFacts>(relationFactsQuery(source), values)
  let isEstimate = false
  let found: FoundFacts
  try {
    found = await connection.transaction(async () => {
      await connection.run(`SET LOCAL lock_timeout = '${PATIENCE_MS}ms'`)
      return ask('measured')
    })
  } catch (error) {
    if (sqlstateOf(error) !== SQLSTATE.lockNotAvailable) throw error
    isEstimate = true
    found = await ask('estimated')
  }
  const relations = await Promise.all(found.relations.map(knownRelation))
  const known: TableFacts = {
    searchPath,
    timeZoneIsUtc: isUtc(found.time_zone),
    relations: new Map(relations.map(each => [relationKey(each), each])),
    types: new Map(
      found.types.map(each => [relationKey(each), { kind: each.kind, base: each.base ?? undefined }]),
    ),
  }
  const sizes = found.relations.map(
    each => [relationKey(each), { bytes: Number(each.bytes), rows: each.rows, isEstimate }] as const,
  )
  return { known, sizes: new Map(sizes) }
}

const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  i: 'index',
  I: 'index',
  v: 'view',
  m: 'materialized-view',
}

async function knownRelation(row: FoundRow): Promise<KnownRelation> {
  const { schema, name, children, reads } = row
  const columns = row.columns.map(({ collation, ...each }): [string, KnownColumn] => [
    each.name,
    { ...each, collation: collation ?? undefined },
  ])
  return {
    schema,
    name,
    kind: RELATION_KINDS[row.relkind] ?? 'other',
    isNew: false,
    isEmpty: false,
    columns: new Map(columns),
    constraints: await Promise.all(row.constraints.map(knownConstraint)),
    indexOf: row.index_of ?? undefined,
    parent: row.parent ?? undefined,
    defaultPartition: row.default_partition ?? undefined,
    children,
    referencedBy: row.referenced_by,
    reads,
    readBy: row.read_by,
  }
}

const CONSTRAINT_KINDS: Readonly<Record<string, KnownConstraint['kind']>> = {
  c: 'check',
  f: 'foreign-key',
  p: 'key',
  u: 'key',
  n: 'not-null',
}

async function knownConstraint(row: FoundRow['constraints'][number]): Promise<KnownConstraint> {
  const { name, columns, isValid, contype } = row
  return {
    name,
    columns,
    isValid,
    kind: CONSTRAINT_KINDS[contype] ?? 'other',
    references: row.references ?? undefined,
    provesNotNull: row.definition === null ? [] : await provedBy(row.definition),
  }
}

/** `CHECK ((c IS NOT NULL))`, as `pg_get_constraintdef` writes it, read by the same grammar. */
async function provedBy(definition: string): Promise<string[]> {
  const parsed = await parseScript(`ALTER TABLE t ADD ${definition}`)
  const node = parsed.ok ? parsed.statements[0]?.node : undefined
  if (!node || !('AlterTableStmt' in node)) return []
  const [command] = node.AlterTableStmt.cmds ?? []
  const constraint = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  return constraint && 'Constraint' in constraint ? columnsProvedNotNull(constraint.Constraint.raw_expr) : []
}
