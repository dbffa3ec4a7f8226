import type { AlterTableCmd, AlterTableStmt, Constraint, Node } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { columnsProvedNotNull } from './expressions.ts'
import { constraintsOf, relationOf, strings } from './parse-tree.ts'
import {
  findRelation,
  type KnownColumn,
  type KnownConstraint,
  type KnownRelation,
  placeOf,
  type TableFacts,
  withRelation,
} from './table-facts.ts'

/** What ALTER TABLE leaves behind, one command after the other. */
export function afterAlterTable(known: TableFacts, statement: AlterTableStmt): TableFacts {
  const name = relationOf(statement.relation)
  return (statement.cmds ?? []).reduce((facts, each) => altered(facts, name, each), known)
}

function altered(known: TableFacts, table: RelationName, node: Node): TableFacts {
  const found = findRelation(known, table)
  if (!found || !('AlterTableCmd' in node)) return known
  return withRelation(known, { ...found, ...changedBy(found, node.AlterTableCmd, known) })
}

function changedBy(
  { columns, constraints }: KnownRelation,
  { subtype, name = '', def }: AlterTableCmd,
  known: TableFacts,
): Partial<KnownRelation> {
  const change = (column: string, to: Partial<KnownColumn>) => {
    const before = columns.get(column) ?? {
      type: undefined,
      notNull: false,
      isChecked: false,
      isIndexed: false,
      collation: undefined,
    }
    return { columns: new Map(columns).set(column, { ...before, ...to }) }
  }
  switch (subtype) {
    case 'AT_AddColumn': {
      if (!def || !('ColumnDef' in def)) return {}
      const notNull = constraintsOf(def.ColumnDef).some(({ contype }) => contype === 'CONSTR_NOTNULL')
      return change(def.ColumnDef.colname ?? '', { notNull })
    }
    case 'AT_AlterColumnType':
      return change(name, { type: undefined })
    case 'AT_SetNotNull':
      return change(name, { notNull: true })
    case 'AT_DropNotNull':
      return change(name, { notNull: false })
    case 'AT_DropColumn':
      return { columns: new Map([...columns].filter(([each]) => each !== name)) }
    case 'AT_DropConstraint':
      return { constraints: constraints.filter(each => each.name !== name) }
    case 'AT_ValidateConstraint':
      return {
        constraints: constraints.map(each => (each.name === name ? { ...each, isValid: true } : each)),
      }
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? { constraints: [...constraints, added(def.Constraint, known)] } : {}
    default:
      return {}
  }
}

const KINDS: Readonly<Record<string, KnownConstraint['kind']>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign-key',
  CONSTR_UNIQUE: 'key',
  CONSTR_PRIMARY: 'key',
  CONSTR_NOTNULL: 'not-null',
}

function added(constraint: Constraint, known: TableFacts): KnownConstraint {
  const { contype = '', conname = '', pktable, raw_expr, fk_attrs, keys } = constraint
  return {
    name: conname,
    kind: KINDS[contype] ?? 'other',
    columns: strings(fk_attrs ?? keys),
    references: pktable && placeOf(known, relationOf(pktable)),
    isValid: constraint.skip_validation !== true && constraint.is_enforced !== false,
    provesNotNull: contype === 'CONSTR_CHECK' ? columnsProvedNotNull(raw_expr) : [],
  }
}
