import type { AlterTableCmd, Constraint } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { type Answer, either, fact, type LockFact, type LockMode, unknownFact } from './lock-fact.ts'
import { relationOf, strings } from './parse-tree.ts'
import { findRelation, type KnownConstraint, type TableFacts } from './table-facts.ts'

/** The other side of a foreign key. */
export function foreignKeyFacts(
  references: RelationName | undefined,
  mode: LockMode,
  scan: Answer = 'no',
): LockFact[] {
  if (!references) return [unknownFact('the table that the foreign key refers to')]
  return [fact(references, mode, { scan })]
}

/** ADD CONSTRAINT. */
export function addedConstraintFacts(
  table: RelationName,
  constraint: Constraint,
  known: TableFacts | undefined,
): LockFact[] {
  const checks: Answer = constraint.skip_validation || constraint.is_enforced === false ? 'no' : 'yes'
  switch (constraint.contype) {
    case 'CONSTR_FOREIGN': {
      // Nothing in an empty table refers to anything.
      const none =
        constraint.skip_validation || !constraint.is_enforced || findRelation(known, table)?.isEmpty
      const enforced: Answer = none ? 'no' : 'yes'
      return [
        fact(table, 'SHARE ROW EXCLUSIVE', { scan: enforced }),
        ...foreignKeyFacts(relationOf(constraint.pktable), 'SHARE ROW EXCLUSIVE', enforced),
      ]
    }
    case 'CONSTR_CHECK':
      return [fact(table, 'ACCESS EXCLUSIVE', { scan: constraint.is_enforced ? checks : 'no' })]
    case 'CONSTR_NOTNULL': {
      const [column = ''] = strings(constraint.keys)
      return [
        fact(table, 'ACCESS EXCLUSIVE', {
          scan: constraint.skip_validation ? 'no' : notNullScan(table, column, known),
        }),
      ]
    }
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
    case 'CONSTR_EXCLUSION':
      return [fact(table, 'ACCESS EXCLUSIVE', { scan: keyScan(table, constraint, known) })]
    default:
      return [unknownFact('a kind of constraint this version does not know', table)]
  }
}

/** An index that exists is only adopted, but a primary key's columns have to be proved not null. */
function keyScan(table: RelationName, constraint: Constraint, known: TableFacts | undefined): Answer {
  if (!constraint.indexname) return 'yes'
  if (constraint.contype !== 'CONSTR_PRIMARY') return 'no'
  const index = { schema: findRelation(known, table)?.schema, name: constraint.indexname }
  const columns = [...(findRelation(known, index)?.columns.keys() ?? [])]
  if (columns.length === 0) return 'unknown'
  return columns.map(column => notNullScan(table, column, known)).reduce(either)
}

/** SET NOT NULL reads the table unless a valid CHECK proves it already (12 and later), or it is not null as it is. */
export function notNullScan(table: RelationName, column: string, known: TableFacts | undefined): Answer {
  const relation = findRelation(known, table)
  if (!relation) return 'unknown'
  if (relation.columns.get(column)?.notNull) return 'no'
  const proofs = relation.constraints.filter(({ isValid }) => isValid).flatMap(each => each.provesNotNull)
  return proofs.includes(column) ? 'no' : 'yes'
}

/** DROP CONSTRAINT: a foreign key's triggers stand on both tables, so both are locked against everything. */
export function droppedConstraintFacts(
  table: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const constraint = findConstraint(table, command.name, known)
  const facts = [fact(table, 'ACCESS EXCLUSIVE')]
  if (!constraint) return [...facts, unknownFact('the other table, if it is a foreign key')]
  if (constraint.kind === 'foreign-key')
    facts.push(...foreignKeyFacts(constraint.references, 'ACCESS EXCLUSIVE'))
  if (constraint.kind === 'key' && command.behavior === 'DROP_CASCADE') {
    const { referencedBy = [] } = findRelation(known, table) ?? {}
    facts.push(...referencedBy.map(each => fact(each, 'ACCESS EXCLUSIVE')))
  }
  return facts
}

/** VALIDATE CONSTRAINT: reads the rows, and lets everybody read and write meanwhile. */
export function validatedConstraintFacts(
  table: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const constraint = findConstraint(table, command.name, known)
  if (constraint?.isValid) return [fact(table, 'SHARE UPDATE EXCLUSIVE')]
  const facts = [fact(table, 'SHARE UPDATE EXCLUSIVE', { scan: 'yes' })]
  if (!constraint) return [...facts, unknownFact('the other table, if it is a foreign key')]
  if (constraint.kind === 'foreign-key')
    facts.push(...foreignKeyFacts(constraint.references, 'ROW SHARE', 'yes'))
  return facts
}

/** ALTER CONSTRAINT … DEFERRABLE changes triggers; … ENFORCED (18) checks what was never checked. */
export function alteredConstraintFacts(
  table: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const change = command.def && 'ATAlterConstraint' in command.def ? command.def.ATAlterConstraint : undefined
  if (!change?.alterEnforceability) return [fact(table, 'ACCESS EXCLUSIVE')]
  const references = findConstraint(table, change.conname, known)?.references
  if (!change.is_enforced)
    return [fact(table, 'ACCESS EXCLUSIVE'), ...foreignKeyFacts(references, 'ACCESS EXCLUSIVE')]
  return [
    fact(table, 'ACCESS EXCLUSIVE', { scan: 'yes' }),
    ...foreignKeyFacts(references, 'SHARE ROW EXCLUSIVE', 'yes'),
  ]
}

function findConstraint(
  table: RelationName,
  name: string | undefined,
  known: TableFacts | undefined,
): KnownConstraint | undefined {
  return findRelation(known, table)?.constraints.find(each => each.name === name)
}
