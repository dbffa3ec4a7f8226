import type { DropStmt, IndexStmt, ReindexStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { type Answer, fact, type LockFact, unknownFact } from './lock-fact.ts'
import { nameParts, optionNames, qualified, relationOf } from './parse-tree.ts'
import { findRelation, type TableFacts } from './table-facts.ts'
import { withChildren } from './tables.ts'

export function createIndexFacts(statement: IndexStmt, known: TableFacts | undefined): LockFact[] {
  const table = relationOf(statement.relation)
  const relation = findRelation(known, table)
  if (statement.concurrent) {
    const note = 'waits for every older transaction'
    if (relation?.kind === 'partitioned') return partitionByPartition(table, relation.children, note)
    return [fact(table, 'SHARE UPDATE EXCLUSIVE', { scan: 'yes', note })]
  }
  if (!statement.relation?.inh) return [fact(table, 'SHARE', { scan: onlyScan(relation?.kind) })]
  const own = fact(table, 'SHARE', { scan: relation?.kind === 'partitioned' ? 'no' : 'yes' })
  return [
    own,
    ...(relation?.kind === 'partitioned' ? relation.children : []).map(child =>
      fact(child, 'SHARE', { scan: 'yes' }),
    ),
  ]
}

/** Postgres refuses it on a partitioned table; the runner makes the parent's index ON ONLY and builds the rest one by one. */
function partitionByPartition(
  table: RelationName,
  children: readonly RelationName[],
  note: string,
): LockFact[] {
  const parts = children.map(child => fact(child, 'SHARE UPDATE EXCLUSIVE', { scan: 'yes', note }))
  return [fact(table, 'SHARE', { note: 'briefly' }), ...parts]
}

/** ON ONLY builds nothing for a partitioned table; for an ordinary one it is the same as without. */
function onlyScan(kind: string | undefined): Answer {
  if (kind === undefined) return 'unknown'
  return kind === 'partitioned' ? 'no' : 'yes'
}

export function dropIndexFacts(statement: DropStmt, known: TableFacts | undefined): LockFact[] {
  const mode = statement.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
  const note = statement.concurrent ? 'waits for every older transaction' : undefined
  return (statement.objects ?? []).flatMap(node => {
    const table = tableOf(qualified(nameParts(node)), known)
    if (!table) return [fact(undefined, mode, { note: 'the table of the index' })]
    return withChildren([table], known).map(each => fact(each, mode, { note }))
  })
}

/**
 * REINDEX lets the table be read, but it locks each index it rebuilds against everything, and the planner opens every
 * index of a table it reads: so readers wait as well (measured).
 */
export function reindexFacts(statement: ReindexStmt, known: TableFacts | undefined): LockFact[] {
  const { kind, relation, params } = statement
  const named = relationOf(relation)
  const table = kind === 'REINDEX_OBJECT_INDEX' ? tableOf(named, known) : named
  if (kind !== 'REINDEX_OBJECT_INDEX' && kind !== 'REINDEX_OBJECT_TABLE')
    return [unknownFact('every table whose indexes it rebuilds')]
  const detail = { scan: 'yes' } as const
  if (optionNames(params).includes('concurrently'))
    return [fact(table, 'SHARE UPDATE EXCLUSIVE', { ...detail, note: 'waits for every older transaction' })]
  const note = 'a reader needs the index that is rebuilt'
  return withTable(table, known).map(each =>
    fact(each, 'SHARE', { ...detail, blocks: 'reads and writes', note }),
  )
}

function withTable(table: RelationName | undefined, known: TableFacts | undefined) {
  return table ? withChildren([table], known) : [undefined]
}

function tableOf(index: RelationName, known: TableFacts | undefined): RelationName | undefined {
  return findRelation(known, index)?.indexOf
}
