import type { DropStmt, Node } from 'libpg-query'
import type { RelationName } from './classify.ts'
import { opaqueFunctions } from './locks/expressions.ts'
import { calledFunctions, nameParts, qualified, relationOf, relationsOf, walk } from './locks/parse-tree.ts'
import { alteredTableLosses } from './losses/altered-table.ts'
import { type DataLoss, droppedTable, type LossContext, loss, shownName } from './losses/loss.ts'
import type { Statement } from './parse.ts'

/**
 * What of the data a statement destroys. Pure, and by a list of what is harmless: a kind of statement that is not known here
 * counts as a loss, with the reason.
 */
export function dataLosses({ node }: Pick<Statement, 'node'>, context: LossContext): DataLoss[] {
  return lossesOf(node, context).filter(({ relation }) => !relation || !context.isOwn(relation))
}

function lossesOf(node: Node, context: LossContext): DataLoss[] {
  const [kind = ''] = Object.keys(node)
  if ('DropStmt' in node) return dropLosses(node.DropStmt)
  if ('AlterTableStmt' in node) return alteredTableLosses(node.AlterTableStmt, context)
  if ('TruncateStmt' in node) {
    const { relations, behavior } = node.TruncateStmt
    const own = relationsOf(relations).map(each => rowsOf(each, 'TRUNCATE takes them all'))
    return behavior === 'DROP_CASCADE'
      ? [...own, unknown('the rows of whatever refers to them (CASCADE)')]
      : own
  }
  if (READS.has(kind)) return [...nestedWrites(node), ...opaque(node)]
  if ('DoStmt' in node) return [unknown('whatever the DO block does')]
  if ('CallStmt' in node) return [unknown('whatever the procedure does')]
  const written = writeLosses(node)
  if (written) return [...written, ...opaque(node)]
  if (HARMLESS.has(kind)) return []
  return [unknown(`whatever ${kind.replace(/Stmt$/, '')} does: this version does not know it`)]
}

/** Statements that add, describe or rename; a rename is undone by a rename. */
const HARMLESS = new Set([
  'AlterDefaultPrivilegesStmt',
  'AlterDomainStmt',
  'AlterEnumStmt',
  'AlterFunctionStmt',
  'AlterObjectSchemaStmt',
  'AlterOwnerStmt',
  'AlterPolicyStmt',
  'AlterStatsStmt',
  'ClusterStmt',
  'CommentStmt',
  'CompositeTypeStmt',
  'ConstraintsSetStmt',
  'CreateDomainStmt',
  'CreateEnumStmt',
  'CreateExtensionStmt',
  'CreateFunctionStmt',
  'CreatePolicyStmt',
  'CreateRangeStmt',
  'CreateRoleStmt',
  'CreateSchemaStmt',
  'CreateSeqStmt',
  'CreateStatsStmt',
  'CreateStmt',
  'CreateTrigStmt',
  'DefineStmt',
  'GrantRoleStmt',
  'GrantStmt',
  'IndexStmt',
  'LockStmt',
  'RefreshMatViewStmt',
  'ReindexStmt',
  'RenameStmt',
  'RuleStmt',
  'TransactionStmt',
  'VacuumStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'ViewStmt',
])

/** Statements that only read, unless a function they call or a part of them writes. */
const READS = new Set(['SelectStmt', 'CreateTableAsStmt'])

/** Objects that hold no data, and what drops with them under CASCADE holds none either. */
const WITHOUT_DATA = new Set([
  'OBJECT_INDEX',
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
  'OBJECT_STATISTIC_EXT',
])

/** Objects that hold no data themselves; without CASCADE Postgres refuses while a column or a table uses them. */
const WITHOUT_OWN_DATA = new Set([
  'OBJECT_VIEW',
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
  'OBJECT_TYPE',
  'OBJECT_DOMAIN',
  'OBJECT_SCHEMA',
  'OBJECT_OPERATOR',
  'OBJECT_CAST',
  'OBJECT_COLLATION',
])

function dropLosses({ removeType: type, objects, behavior }: DropStmt): DataLoss[] {
  const removeType: string = type ?? ''
  if (WITHOUT_DATA.has(removeType)) return []
  const what = removeType.replace('OBJECT_', '').toLowerCase().replaceAll('_', ' ')
  const names = (objects ?? []).map(each => qualified(nameParts(each)))
  const cascade =
    behavior === 'DROP_CASCADE'
      ? [unknown(`whatever depends on ${names.map(name => shownName(name)).join(', ')} (CASCADE)`)]
      : []
  if (WITHOUT_OWN_DATA.has(removeType)) return cascade
  const own = names.map(name => {
    if (removeType === 'OBJECT_TABLE') return droppedTable(name)
    if (removeType === 'OBJECT_SEQUENCE')
      return loss('sequence', shownName(name), 'the number it has counted to')
    if (removeType === 'OBJECT_MATVIEW')
      return { ...loss('rows', shownName(name), 'what it held when it was last refreshed'), relation: name }
    return loss('unknown', `${what} ${shownName(name)}`, 'what it holds is not known')
  })
  return [...own, ...cascade]
}

/** `undefined` for statements that write no rows. */
function writeLosses(node: Node): DataLoss[] | undefined {
  if ('DeleteStmt' in node)
    return [rowsOf(relationOf(node.DeleteStmt.relation), 'those that DELETE takes'), ...nestedWrites(node)]
  if ('UpdateStmt' in node)
    return [valuesOf(relationOf(node.UpdateStmt.relation), 'UPDATE overwrites them'), ...nestedWrites(node)]
  if ('MergeStmt' in node)
    return [valuesOf(relationOf(node.MergeStmt.relation), 'MERGE changes them'), ...nestedWrites(node)]
  if ('InsertStmt' in node) {
    const { relation, onConflictClause } = node.InsertStmt
    const overwrites = onConflictClause?.action === 'ONCONFLICT_UPDATE'
    const own = overwrites ? [valuesOf(relationOf(relation), 'ON CONFLICT DO UPDATE overwrites them')] : []
    return [...own, ...nestedWrites(node)]
  }
  return undefined
}

/** Writes inside a WITH; the statement itself is not looked at. */
function nestedWrites(node: Node): DataLoss[] {
  const found: DataLoss[] = []
  const top = Object.values(node)[0]
  walk(node, (key, value) => {
    if (value === top || !/^(Delete|Update|Merge|Insert)Stmt$/.test(key)) return
    found.push(...(writeLosses({ [key]: value } as unknown as Node) ?? []))
  })
  return found
}

function opaque(node: Node): DataLoss[] {
  const overwrites = calledFunctions(node).includes('setval')
  return [
    ...opaqueFunctions(node).map(name => unknown(`whatever the function ${name} does`)),
    ...(overwrites ? [loss('sequence', '', 'the number that setval overwrites')] : []),
  ]
}

const rowsOf = (relation: RelationName, reason: string): DataLoss => ({
  ...loss('rows', shownName(relation), reason),
  relation,
})

const valuesOf = (relation: RelationName, reason: string): DataLoss => ({
  ...loss('values', shownName(relation), reason),
  relation,
})

const unknown = (reason: string) => loss('unknown', '', reason)
