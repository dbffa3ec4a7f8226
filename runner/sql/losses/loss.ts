import type { RelationName } from '../classify.ts'
import type { ColumnType } from '../locks/type-change.ts'

export type LossKind =
  | 'table'
  | 'column'
  | 'rows'
  | 'values'
  | 'type'
  | 'enum value'
  | 'sequence'
  /** Nobody can tell by the text. */
  | 'unknown'

/** Data that a statement destroys. */
export interface DataLoss {
  readonly kind: LossKind
  /** As the statement names it, quoted where SQL wants it; empty where it names nothing. */
  readonly object: string
  readonly reason: string
  /** Whose rows it is about. */
  readonly relation?: RelationName
  readonly column?: string
}

/** What the statement's surroundings tell about it. */
export interface LossContext {
  /** Whether the script made a relation itself: what it does to that destroys nothing of anybody's. */
  readonly isOwn: (relation: RelationName) => boolean
  /** The type a column has before the statement; `undefined` where that is not known. */
  readonly typeBefore: (relation: RelationName, column: string) => ColumnType | undefined
}

export function loss(kind: LossKind, object: string, reason: string): DataLoss {
  return { kind, object, reason }
}

export function droppedTable(relation: RelationName): DataLoss {
  return { ...loss('table', shownName(relation), 'its rows'), relation }
}

/** `s."My Table".c`. */
export function shownName({ schema, name }: RelationName, column?: string): string {
  return [schema, name, column].flatMap(part => (part === undefined ? [] : [shown(part)])).join('.')
}

function shown(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
