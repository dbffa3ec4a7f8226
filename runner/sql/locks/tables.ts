import type { ColumnDef, CreateStmt, DropStmt, Node, TruncateStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { foreignKeyFacts } from './constraints.ts'
import { fact, type LockFact, unknownFact } from './lock-fact.ts'
import { constraintsOf, nameParts, qualified, relationOf, relationsOf } from './parse-tree.ts'
import { findRelation, type TableFacts } from './table-facts.ts'

/** CREATE TABLE: nobody knows the new table, but those it refers to feel it. */
export function createTableFacts(statement: CreateStmt, known: TableFacts | undefined): LockFact[] {
  const parents = relationsOf(statement.inhRelations)
  const facts: LockFact[] = [{ ...fact(relationOf(statement.relation), 'ACCESS EXCLUSIVE'), isNew: true }]
  for (const element of [...(statement.tableElts ?? []), ...(statement.constraints ?? [])]) {
    if ('TableLikeClause' in element)
      facts.push(fact(relationOf(element.TableLikeClause.relation), 'ACCESS SHARE'))
    for (const references of referencesOf(element))
      facts.push(...foreignKeyFacts(references, 'SHARE ROW EXCLUSIVE'))
  }
  for (const parent of parents) {
    if (statement.partbound) facts.push(...partitionParentFacts(parent, known))
    else facts.push(fact(parent, 'SHARE UPDATE EXCLUSIVE'))
  }
  return facts
}

function referencesOf(element: Node): RelationName[] {
  const constraints =
    'ColumnDef' in element
      ? constraintsOf(element.ColumnDef as ColumnDef)
      : 'Constraint' in element
        ? [element.Constraint]
        : []
  return constraints
    .filter(({ contype }) => contype === 'CONSTR_FOREIGN')
    .map(({ pktable }) => relationOf(pktable))
}

/** PARTITION OF changes what every plan over the parent has to read; a default partition is searched for rows that belong here. */
function partitionParentFacts(parent: RelationName, known: TableFacts | undefined): LockFact[] {
  const relation = findRelation(known, parent)
  const facts = [fact(parent, 'ACCESS EXCLUSIVE')]
  if (!relation)
    return [...facts, unknownFact("the parent's default partition and foreign keys, if it has any")]
  for (const { references } of relation.constraints) {
    if (references) facts.push(fact(references, 'SHARE ROW EXCLUSIVE'))
  }
  if (relation.defaultPartition)
    facts.push(fact(relation.defaultPartition, 'ACCESS EXCLUSIVE', { scan: 'yes' }))
  return facts
}

/** TRUNCATE: new empty files, so as long as the lock takes; CASCADE empties every table that refers to it. */
export function truncateFacts(statement: TruncateStmt, known: TableFacts | undefined): LockFact[] {
  const roots = relationsOf(statement.relations)
  const cascade = statement.behavior === 'DROP_CASCADE'
  const facts = withChildren(roots, known).map(relation => fact(relation, 'ACCESS EXCLUSIVE'))
  if (!cascade) return facts
  const seen = new Set(roots.map(name => name.name))
  const queue = [...roots]
  for (let next = queue.pop(); next; next = queue.pop()) {
    const relation = findRelation(known, next)
    if (!relation) facts.push(unknownFact('tables that refer to it, which are emptied too'))
    for (const name of relation?.referencedBy ?? []) {
      if (seen.has(name.name)) continue
      seen.add(name.name)
      queue.push(name)
      facts.push(fact(name, 'ACCESS EXCLUSIVE'))
    }
  }
  return facts
}

/** DROP TABLE, VIEW, MATERIALIZED VIEW, FOREIGN TABLE. A dropped foreign key takes its triggers from the other table. */
export function dropRelationFacts(statement: DropStmt, known: TableFacts | undefined): LockFact[] {
  const cascade = statement.behavior === 'DROP_CASCADE'
  const roots = (statement.objects ?? []).map(node => qualified(nameParts(node)))
  const facts: LockFact[] = []
  for (const name of withChildren(roots, known)) {
    facts.push(fact(name, 'ACCESS EXCLUSIVE'))
    const relation = findRelation(known, name)
    if (!relation) {
      facts.push(unknownFact('tables that it refers to, or that refer to it'))
      continue
    }
    const parents = relation.parent ? [relation.parent] : []
    const referenced = relation.constraints.flatMap(({ references }) => references ?? [])
    const dependents = cascade ? [...relation.referencedBy, ...relation.readBy] : []
    facts.push(...[...parents, ...referenced, ...dependents].map(each => fact(each, 'ACCESS EXCLUSIVE')))
  }
  return facts
}

/** Relations and their partitions. */
export function withChildren(names: readonly RelationName[], known: TableFacts | undefined): RelationName[] {
  return names.flatMap(name => [name, ...(findRelation(known, name)?.children ?? [])])
}
