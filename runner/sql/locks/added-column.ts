import type { ColumnDef } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { foreignKeyFacts } from './constraints.ts'
import { isVolatile } from './expressions.ts'
import { type Answer, either, fact, type LockFact } from './lock-fact.ts'
import { constraintsOf, relationOf } from './parse-tree.ts'
import { findType, type TableFacts } from './table-facts.ts'
import { isBuiltIn, isSerial, typeOf } from './type-change.ts'

/** ADD COLUMN: only a value that differs by row, or must be checked as it is stored, rewrites the table. */
export function addedColumnFacts(
  table: RelationName,
  column: ColumnDef,
  known: TableFacts | undefined,
): LockFact[] {
  const constraints = constraintsOf(column)
  const fallback = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr
  const rewrite = rewriteOf(column, known)
  let scan: Answer = rewrite
  for (const { contype, skip_validation, is_enforced } of constraints) {
    // A default that every old row shares satisfies NOT NULL by itself; without one the rows have to be looked at.
    if (contype === 'CONSTR_NOTNULL' && !fallback && rewrite === 'no') scan = 'yes'
    if (contype === 'CONSTR_CHECK' && !skip_validation && is_enforced) scan = 'yes'
    if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY') scan = 'yes'
  }
  const facts = [fact(table, 'ACCESS EXCLUSIVE', { rewrite, scan })]
  for (const constraint of constraints) {
    if (constraint.contype !== 'CONSTR_FOREIGN') continue
    // Nulls refer to nothing, so old rows need no look at the other table unless they get a value.
    const checks = fallback && constraint.is_enforced ? 'yes' : 'no'
    facts.push(fact(table, 'ACCESS EXCLUSIVE', { scan: either(scan, checks) }))
    facts.push(...foreignKeyFacts(relationOf(constraint.pktable), 'SHARE ROW EXCLUSIVE', checks))
  }
  return facts
}

function rewriteOf(column: ColumnDef, known: TableFacts | undefined): Answer {
  const type = typeOf(column.typeName)
  if (isSerial(type)) return 'yes'
  let answer: Answer = 'no'
  for (const { contype, generated_kind, raw_expr } of constraintsOf(column)) {
    if (contype === 'CONSTR_IDENTITY') return 'yes'
    if (contype === 'CONSTR_GENERATED') return generated_kind === 'v' ? 'no' : 'yes'
    if (contype === 'CONSTR_DEFAULT') answer = either(answer, isVolatile(raw_expr))
  }
  if (isBuiltIn(type) || type.isArray) return answer
  // A domain's CHECK is evaluated for every row, even for the null of a column without a default.
  const kind = findType(known, type)?.kind
  if (kind === 'constrained-domain') return 'yes'
  return kind === undefined ? either(answer, 'unknown') : answer
}
