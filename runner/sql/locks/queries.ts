import type { CopyStmt, LockStmt, Node, SelectStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { opaqueFunctions } from './expressions.ts'
import { type Answer, fact, LOCK_MODES, type LockFact, unknownFact } from './lock-fact.ts'
import { mentionedRelations, relationOf, relationsOf, walk } from './parse-tree.ts'
import type { TableFacts } from './table-facts.ts'
import { withChildren } from './tables.ts'

/** INSERT, UPDATE, DELETE, MERGE: rows are locked one by one, the table only against DDL. */
export function writeFacts(node: Node, known: TableFacts | undefined): LockFact[] {
  if ('InsertStmt' in node) {
    const target = relationOf(node.InsertStmt.relation)
    return [fact(target, 'ROW EXCLUSIVE'), ...sourceFacts(node, [target], known), ...functionFacts(node)]
  }
  const statement =
    'UpdateStmt' in node
      ? node.UpdateStmt
      : 'DeleteStmt' in node
        ? node.DeleteStmt
        : 'MergeStmt' in node
          ? node.MergeStmt
          : {}
  const target = relationOf(statement.relation)
  const narrowed = 'whereClause' in statement || 'MergeStmt' in node
  const detail = { scan: narrowed ? 'unknown' : 'yes', note: rowNote(narrowed) } as const
  const targets = withChildren([target], known)
  return [
    ...targets.map(each => fact(each, 'ROW EXCLUSIVE', detail)),
    ...sourceFacts(node, [target], known),
    ...functionFacts(node),
  ]
}

/** DML blocks nobody by its table lock; whoever wants the same rows waits all the same. */
function rowNote(narrowed: boolean): string {
  return narrowed ? 'rows it changes stay locked' : 'every row stays locked'
}

export function selectFacts(select: SelectStmt, known: TableFacts | undefined): LockFact[] {
  const facts = sourceFacts(select, [], known)
  return [...facts, ...functionFacts(select)]
}

/** What a query reads besides its target. */
export function sourceFacts(
  node: unknown,
  except: readonly RelationName[],
  known: TableFacts | undefined,
): LockFact[] {
  let locks = false
  walk(node, key => {
    if (key === 'LockingClause') locks = true
  })
  const sources = mentionedRelations(node).filter(
    each => !except.some(({ schema, name }) => each.schema === schema && each.name === name),
  )
  const scan: Answer = 'unknown'
  return withChildren(sources, known).map(each => fact(each, locks ? 'ROW SHARE' : 'ACCESS SHARE', { scan }))
}

export function functionFacts(node: unknown): LockFact[] {
  const opaque = opaqueFunctions(node)
  if (opaque.length === 0) return []
  return [unknownFact(`whatever ${opaque.map(name => `${name}()`).join(', ')} does`)]
}

export function copyFacts(statement: CopyStmt, known: TableFacts | undefined): LockFact[] {
  if (!statement.relation)
    return [...sourceFacts(statement.query, [], known), ...functionFacts(statement.query)]
  const table = relationOf(statement.relation)
  return [statement.is_from ? fact(table, 'ROW EXCLUSIVE') : fact(table, 'ACCESS SHARE', { scan: 'yes' })]
}

/** The parser gives the mode as Postgres numbers it, from 1. */
export function lockTableFacts(statement: LockStmt, known: TableFacts | undefined): LockFact[] {
  const mode = LOCK_MODES[(statement.mode ?? 8) - 1] ?? 'ACCESS EXCLUSIVE'
  return withChildren(relationsOf(statement.relations), known).map(each => fact(each, mode))
}
