import type { Constraint, IndexElem, IndexStmt, Node } from 'libpg-query'
import type { RelationFacts, RelationSize } from '../../postgres/relation-facts.ts'
import type { RelationName } from '../../sql/classify.ts'
import { lockFacts } from '../../sql/lock-facts.ts'
import { afterStatement } from '../../sql/locks/plan-changes.ts'
import { findRelation, relationKey } from '../../sql/locks/table-facts.ts'
import { summarize } from '../../sql/parse.ts'
import { type ClassifiedStatement, locate, type Script } from '../plan/script.ts'

/** What one statement takes of the disk, in bytes. */
export interface DiskNeed {
  /** `2_b/extra.sql:1:1` */
  readonly location: string
  readonly summary: string
  /** The new index, which stays. */
  readonly keptBytes: number
  /** What there is besides until the statement or its transaction ends: a sort's runs, or the copy of a table. */
  readonly passingBytes: number
}

export interface DiskFacts {
  readonly major: number
  readonly relations: RelationFacts
  /** Average bytes by table and column. */
  readonly widths: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** A part of a plan whose statements share one script, in the order they run. */
export interface ScriptPart {
  readonly script: Pick<Script<string>, 'migration' | 'file' | 'text'>
  readonly statements: readonly ClassifiedStatement[]
}

/** Item pointer, tuple header and alignment of a B-tree entry, in bytes; pages are filled to 90 %. */
const ENTRY_BYTES = 16
const FILL = 0.9
/** A column nobody has analysed. */
const UNKNOWN_WIDTH = 16

/**
 * What a plan takes of the disk, by statement: new indexes of tables that have rows, with the room to sort them, and tables
 * that are written anew. An estimate from the planner's statistics; what statements write as data is not in it. Pure.
 */
export function diskNeeds(parts: readonly ScriptPart[], facts: DiskFacts): DiskNeed[] {
  let { known } = facts.relations
  const { searchPath, timeZoneIsUtc } = known
  return parts.flatMap(({ script, statements }) => {
    known = { ...known, searchPath, timeZoneIsUtc }
    return statements.flatMap(statement => {
      const sizeOf = (name: RelationName | undefined): Sized | undefined => {
        const relation = name && findRelation(known, name)
        const key = relation && !relation.isNew ? relationKey(relation) : undefined
        const size = key === undefined ? undefined : facts.relations.sizes.get(key)
        return key !== undefined && size ? { size, widths: facts.widths.get(key) } : undefined
      }
      const copied = lockFacts(statement, facts.major, known)
        .filter(({ rewrite }) => rewrite === 'yes')
        .reduce((sum, { relation }) => sum + (sizeOf(relation)?.size.bytes ?? 0), 0)
      const built = builtIndexes(statement.node).map(index => indexNeed(index, sizeOf(index.table)))
      known = afterStatement(known, statement)
      const keptBytes = built.reduce((sum, each) => sum + each.keptBytes, 0)
      const passingBytes = copied + built.reduce((sum, each) => sum + each.passingBytes, 0)
      if (keptBytes + passingBytes === 0) return []
      const location = locate(script, statement.start)
      return [{ location, summary: summarize(statement), keptBytes, passingBytes }]
    })
  })
}

/** At its worst: every index is kept, and the greatest of what passes is there at the end. */
export function totalNeed(needs: readonly DiskNeed[]): number {
  const kept = needs.reduce((sum, { keptBytes }) => sum + keptBytes, 0)
  return kept + Math.max(0, ...needs.map(({ passingBytes }) => passingBytes))
}

interface Sized {
  readonly size: RelationSize
  readonly widths: ReadonlyMap<string, number> | undefined
}

interface BuiltIndex {
  readonly table: RelationName
  readonly method: string
  /** Absent for an expression. */
  readonly columns: readonly (string | undefined)[]
}

function indexNeed({ method, columns }: BuiltIndex, sized: Sized | undefined) {
  if (!sized || method === 'brin') return { keptBytes: 0, passingBytes: 0 }
  const { bytes, rows } = sized.size
  // Of other methods, and of tables never analysed, no more can be said than that the table itself is a great bound.
  if (method !== 'btree' || rows === null) return { keptBytes: bytes, passingBytes: 0 }
  const width = columns.reduce(
    (sum, column) => sum + (sized.widths?.get(column ?? '') ?? UNKNOWN_WIDTH),
    ENTRY_BYTES,
  )
  const keptBytes = Math.ceil((rows * width) / FILL)
  return { keptBytes, passingBytes: keptBytes }
}

function builtIndexes(node: Node): BuiltIndex[] {
  if ('IndexStmt' in node) return indexOf(node.IndexStmt)
  if (!('AlterTableStmt' in node)) return []
  const { relation, cmds = [] } = node.AlterTableStmt
  const table = { schema: relation?.schemaname, name: relation?.relname ?? '' }
  return cmds.flatMap(command => {
    const definition = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
    if (!definition || !('Constraint' in definition)) return []
    return constraintIndex(table, definition.Constraint)
  })
}

function indexOf({ relation, accessMethod, indexParams = [], indexIncludingParams = [] }: IndexStmt) {
  const table = { schema: relation?.schemaname, name: relation?.relname ?? '' }
  const columns = [...indexParams, ...indexIncludingParams].map(each =>
    'IndexElem' in each ? (each.IndexElem as IndexElem).name : undefined,
  )
  return [{ table, method: accessMethod || 'btree', columns }]
}

function constraintIndex(table: RelationName, { contype, indexname, keys = [], access_method }: Constraint) {
  if (indexname) return []
  const columns = keys.map(key => ('String' in key ? key.String.sval : undefined))
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY')
    return [{ table, method: 'btree', columns }]
  if (contype === 'CONSTR_EXCLUSION') return [{ table, method: access_method || 'gist', columns }]
  return []
}
