import type { Statement } from './parse.ts'

/** Statements that leave every table's columns as they are. A SELECT is none of them: the function it calls may do anything. */
const DATA_ONLY = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CopyStmt',
  'TruncateStmt',
  'VacuumStmt',
  'LockStmt',
  'NotifyStmt',
  'CommentStmt',
  'VariableSetStmt',
  'TransactionStmt',
])

/** Whether a statement may change the schema, as far as its kind tells; in doubt it may. */
export function mayChangeSchema({ node }: Pick<Statement, 'node'>): boolean {
  return !Object.keys(node).every(kind => DATA_ONLY.has(kind))
}
