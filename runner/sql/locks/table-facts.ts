import type { RelationName } from '../classify.ts'

/** What the live catalogue says about the relations of a plan. Plain data: a test writes it down, a run reads it. */
export interface TableFacts {
  /** Where names without a schema are looked for, first place first. */
  readonly searchPath: readonly string[]
  /** Whether the session's TimeZone is UTC; decides whether timestamp -> timestamptz rewrites. */
  readonly timeZoneIsUtc: boolean | undefined
  /** By `relationKey`. */
  readonly relations: ReadonlyMap<string, KnownRelation>
  /** Types that are not built in, by `relationKey`. */
  readonly types: ReadonlyMap<string, KnownType>
}

export interface KnownType {
  /** `constrained-domain`: one with a CHECK or NOT NULL, which makes a new column of it rewrite the table. */
  readonly kind: 'enum' | 'domain' | 'constrained-domain' | 'other'
  /** The type below a domain, as `format_type` gives it. */
  readonly base: string | undefined
}

export type RelationKind = 'table' | 'partitioned' | 'index' | 'view' | 'materialized-view' | 'other'

export interface KnownRelation {
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  /** Made earlier in the same plan. */
  readonly isNew: boolean
  /** New, and not written to since. */
  readonly isEmpty: boolean
  readonly columns: ReadonlyMap<string, KnownColumn>
  readonly constraints: readonly KnownConstraint[]
  /** The table of an index. */
  readonly indexOf: RelationName | undefined
  /** The partitioned or inherited table that this one belongs to. */
  readonly parent: RelationName | undefined
  readonly defaultPartition: RelationName | undefined
  /** Partitions and inheriting tables of every level. */
  readonly children: readonly RelationName[]
  /** Tables with a foreign key to this one. */
  readonly referencedBy: readonly RelationName[]
  /** What a view reads, directly. */
  readonly reads: readonly RelationName[]
  /** Views that read this relation, directly. */
  readonly readBy: readonly RelationName[]
}

/** A table of no columns with nothing to do with any other, but for what `more` says. */
export function plainRelation(
  name: Pick<KnownRelation, 'schema' | 'name'>,
  more: Partial<KnownRelation> = {},
): KnownRelation {
  return {
    ...name,
    kind: 'table',
    isNew: false,
    isEmpty: false,
    columns: new Map(),
    constraints: [],
    indexOf: undefined,
    parent: undefined,
    defaultPartition: undefined,
    children: [],
    referencedBy: [],
    reads: [],
    readBy: [],
    ...more,
  }
}

export interface KnownColumn {
  /** As `format_type` gives it: `character varying(20)`. `undefined`: changed by the plan, so no longer known. */
  readonly type: string | undefined
  readonly notNull: boolean
  /** A CHECK constraint, index expression or predicate is computed from it. */
  readonly isChecked: boolean
  readonly isIndexed: boolean
  /** The collation is not the type's own. */
  readonly collation: string | undefined
}

export interface KnownConstraint {
  readonly name: string
  readonly kind: 'check' | 'foreign-key' | 'key' | 'not-null' | 'other'
  readonly columns: readonly string[]
  /** The other table of a foreign key. */
  readonly references: RelationName | undefined
  readonly isValid: boolean
  /** Columns that a CHECK proves to be not null. */
  readonly provesNotNull: readonly string[]
}

export function relationKey({ schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([schema, name])
}

/** The relation that a name means, as the search path has it; `undefined` when none is known. */
export function findRelation(known: TableFacts | undefined, name: RelationName): KnownRelation | undefined {
  return lookUp(known, known?.relations, name)
}

/** The type that a name means, among those that are not built in. */
export function findType(known: TableFacts | undefined, name: RelationName): KnownType | undefined {
  return lookUp(known, known?.types, name)
}

function lookUp<T>(
  known: TableFacts | undefined,
  entries: ReadonlyMap<string, T> | undefined,
  { schema, name }: RelationName,
): T | undefined {
  const places = schema === undefined ? (known?.searchPath ?? []) : [schema]
  for (const place of places) {
    const found = entries?.get(relationKey({ schema: place, name }))
    if (found !== undefined) return found
  }
  return undefined
}

/** Where the relation that a name means is, or would be if it were made now. */
export function placeOf(known: TableFacts, name: RelationName): { schema: string; name: string } {
  const { schema, name: bare } = findRelation(known, name) ?? {
    schema: name.schema ?? known.searchPath[0] ?? '',
    name: name.name,
  }
  return { schema, name: bare }
}

/** The facts with one relation put in, or in place of what was known about it. */
export function withRelation(known: TableFacts, relation: KnownRelation): TableFacts {
  return { ...known, relations: new Map(known.relations).set(relationKey(relation), relation) }
}
