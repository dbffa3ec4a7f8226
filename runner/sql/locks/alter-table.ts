import type { AlterTableCmd, AlterTableStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { addedColumnFacts } from './added-column.ts'
import {
  addedConstraintFacts,
  alteredConstraintFacts,
  droppedConstraintFacts,
  notNullScan,
  validatedConstraintFacts,
} from './constraints.ts'
import { type Answer, fact, type LockDetail, type LockFact, type LockMode, unknownFact } from './lock-fact.ts'
import { optionNames, relationOf } from './parse-tree.ts'
import { attachFacts, detachFacts, inheritFacts } from './partitions.ts'
import { afterAlterTable } from './table-changes.ts'
import { findRelation, type TableFacts } from './table-facts.ts'
import { changeRewrites } from './type-change.ts'

/** Commands whose facts the kind alone decides (`AlterTableGetLockLevel` in tablecmds.c, and measured). */
const FIXED: Readonly<Record<string, readonly [LockMode, LockDetail?]>> = {
  AT_ColumnDefault: ['ACCESS EXCLUSIVE'],
  AT_DropNotNull: ['ACCESS EXCLUSIVE'],
  AT_SetExpression: ['ACCESS EXCLUSIVE', { rewrite: 'yes', scan: 'yes' }],
  AT_DropExpression: ['ACCESS EXCLUSIVE'],
  AT_SetStatistics: ['SHARE UPDATE EXCLUSIVE'],
  AT_SetOptions: ['SHARE UPDATE EXCLUSIVE'],
  AT_ResetOptions: ['SHARE UPDATE EXCLUSIVE'],
  AT_SetStorage: ['ACCESS EXCLUSIVE'],
  AT_SetCompression: ['ACCESS EXCLUSIVE'],
  AT_ChangeOwner: ['ACCESS EXCLUSIVE'],
  AT_ClusterOn: ['SHARE UPDATE EXCLUSIVE'],
  AT_DropCluster: ['SHARE UPDATE EXCLUSIVE'],
  AT_SetLogged: ['ACCESS EXCLUSIVE', { rewrite: 'yes', scan: 'yes', note: 'unless it is so already' }],
  AT_SetUnLogged: ['ACCESS EXCLUSIVE', { rewrite: 'yes', scan: 'yes', note: 'unless it is so already' }],
  AT_SetAccessMethod: ['ACCESS EXCLUSIVE', { rewrite: 'unknown', scan: 'unknown' }],
  // The files are copied block by block: as long as a rewrite, though no row is looked at.
  AT_SetTableSpace: ['ACCESS EXCLUSIVE', { rewrite: 'yes', note: 'unless it is there already' }],
  AT_EnableTrig: ['SHARE ROW EXCLUSIVE'],
  AT_EnableAlwaysTrig: ['SHARE ROW EXCLUSIVE'],
  AT_EnableReplicaTrig: ['SHARE ROW EXCLUSIVE'],
  AT_EnableTrigAll: ['SHARE ROW EXCLUSIVE'],
  AT_EnableTrigUser: ['SHARE ROW EXCLUSIVE'],
  AT_DisableTrig: ['SHARE ROW EXCLUSIVE'],
  AT_DisableTrigAll: ['SHARE ROW EXCLUSIVE'],
  AT_DisableTrigUser: ['SHARE ROW EXCLUSIVE'],
  AT_EnableRule: ['ACCESS EXCLUSIVE'],
  AT_EnableAlwaysRule: ['ACCESS EXCLUSIVE'],
  AT_EnableReplicaRule: ['ACCESS EXCLUSIVE'],
  AT_DisableRule: ['ACCESS EXCLUSIVE'],
  AT_ReplicaIdentity: ['ACCESS EXCLUSIVE'],
  AT_EnableRowSecurity: ['ACCESS EXCLUSIVE'],
  AT_DisableRowSecurity: ['ACCESS EXCLUSIVE'],
  AT_ForceRowSecurity: ['ACCESS EXCLUSIVE'],
  AT_NoForceRowSecurity: ['ACCESS EXCLUSIVE'],
  AT_AddIdentity: ['ACCESS EXCLUSIVE'],
  AT_SetIdentity: ['ACCESS EXCLUSIVE'],
  AT_DropIdentity: ['ACCESS EXCLUSIVE'],
}

/** Commands that stay with the table they name, even where it has partitions. */
const NOT_INHERITED = new Set([
  'AT_ChangeOwner',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_ReplicaIdentity',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
  'AT_AttachPartition',
  'AT_DetachPartition',
  'AT_DetachPartitionFinalize',
  'AT_AddInherit',
  'AT_DropInherit',
])

/** ALTER TABLE, whose commands run under the strongest lock that any of them needs. */
export function alterTableFacts(statement: AlterTableStmt, known: TableFacts | undefined): LockFact[] {
  const table = relationOf(statement.relation)
  if (statement.objtype === 'OBJECT_INDEX') return alterIndexFacts(statement)
  if (statement.objtype === 'OBJECT_SEQUENCE') return []
  if (statement.objtype === 'OBJECT_TYPE') return [unknownFact('tables of this type, if there are any')]
  const commands = (statement.cmds ?? []).flatMap(node =>
    'AlterTableCmd' in node ? [node.AlterTableCmd] : [],
  )
  // Whatever the order in the text, Postgres drops first: a CHECK that goes proves nothing any more.
  const drops = commands.filter(({ subtype }) => subtype === 'AT_DropConstraint')
  const left =
    known && afterAlterTable(known, { ...statement, cmds: drops.map(each => ({ AlterTableCmd: each })) })
  return commands.flatMap(command => {
    const facts = commandFacts(table, command, command.subtype === 'AT_DropConstraint' ? known : left)
    const inherited = statement.relation?.inh === true && !NOT_INHERITED.has(command.subtype ?? '')
    return inherited ? [...facts, ...childFacts(table, facts, known)] : facts
  })
}

/** What is done to a partitioned table is done to its partitions. */
function childFacts(
  table: RelationName,
  facts: readonly LockFact[],
  known: TableFacts | undefined,
): LockFact[] {
  const { children = [] } = findRelation(known, table) ?? {}
  return facts
    .filter(({ relation }) => relation === table)
    .flatMap(own => children.map(relation => ({ ...own, relation })))
}

function commandFacts(
  table: RelationName,
  command: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const { subtype = '', name = '', def } = command
  const fixed = FIXED[subtype]
  if (fixed) return [fact(table, ...fixed)]
  switch (subtype) {
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? addedColumnFacts(table, def.ColumnDef, known) : []
    case 'AT_DropColumn':
      return droppedColumnFacts(table, command, known)
    case 'AT_SetNotNull':
      return [fact(table, 'ACCESS EXCLUSIVE', { scan: notNullScan(table, name, known) })]
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? addedConstraintFacts(table, def.Constraint, known) : []
    case 'AT_DropConstraint':
      return droppedConstraintFacts(table, command, known)
    case 'AT_ValidateConstraint':
      return validatedConstraintFacts(table, command, known)
    case 'AT_AlterConstraint':
      return alteredConstraintFacts(table, command, known)
    case 'AT_AlterColumnType':
      return typeChangeFacts(table, command, known)
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
      return [fact(table, storageOptionMode(command))]
    case 'AT_AttachPartition':
      return attachFacts(table, command, known)
    case 'AT_DetachPartition':
    case 'AT_DetachPartitionFinalize':
      return detachFacts(table, command, known)
    case 'AT_AddInherit':
    case 'AT_DropInherit':
      return inheritFacts(table, command)
    default:
      return [unknownFact('a form of ALTER TABLE this version does not know', table)]
  }
}

function typeChangeFacts(
  table: RelationName,
  { name = '', def }: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const definition = def && 'ColumnDef' in def ? def.ColumnDef : {}
  const column = findRelation(known, table)?.columns.get(name)
  const rewrite = changeRewrites(name, column, definition, known)
  // What is computed from the column is made anew even where the rows stay: checks read them, indexes are built.
  const recollated = definition.collClause !== undefined || column?.collation !== undefined
  const redone = (recollated && column?.isIndexed) || column?.isChecked
  const scan = rewrite === 'no' && redone ? 'yes' : rewrite
  const note =
    rewrite === 'unknown' && column?.type === undefined ? "the column's old type is not known" : undefined
  return [
    fact(table, 'ACCESS EXCLUSIVE', { rewrite, scan, note }),
    ...retypedKeyFacts(table, name, rewrite, known),
  ]
}

/** Foreign keys on the column, from it or to it, are dropped and made again; after a rewrite they are checked again, too. */
function retypedKeyFacts(
  table: RelationName,
  column: string,
  rewrite: Answer,
  known: TableFacts | undefined,
): LockFact[] {
  const relation = findRelation(known, table)
  if (!relation) return [unknownFact('the other table, if a foreign key stands on the column')]
  const own = relation.constraints.filter(({ columns }) => columns.includes(column))
  const isReferenced = own.some(({ kind }) => kind === 'key')
  return [
    ...own.flatMap(({ references, isValid }) =>
      references ? [fact(references, 'ACCESS EXCLUSIVE', { scan: isValid ? rewrite : 'no' })] : [],
    ),
    ...(isReferenced ? relation.referencedBy : []).map(each =>
      fact(each, 'ACCESS EXCLUSIVE', { scan: rewrite }),
    ),
  ]
}

function droppedColumnFacts(
  table: RelationName,
  { name, behavior }: AlterTableCmd,
  known: TableFacts | undefined,
): LockFact[] {
  const relation = findRelation(known, table)
  const facts = [fact(table, 'ACCESS EXCLUSIVE')]
  const keys = relation?.constraints.filter(({ columns }) => columns.includes(name ?? '')) ?? []
  for (const { kind, references } of keys) {
    if (kind === 'foreign-key' && references) facts.push(fact(references, 'ACCESS EXCLUSIVE'))
  }
  if (!relation) facts.push(unknownFact('the other table, if a foreign key goes with the column'))
  if (behavior === 'DROP_CASCADE') facts.push(unknownFact('whatever depends on the column'))
  return facts
}

/** Options that a running autovacuum or a later insert simply picks up need the weaker lock (reloptions.c). */
function storageOptionMode({ def }: AlterTableCmd): LockMode {
  const names = def && 'List' in def ? optionNames(def.List.items) : []
  const soft = /^(fillfactor|autovacuum_.*|vacuum_.*|log_autovacuum_.*|toast_tuple_target|parallel_workers)$/
  return names.every(name => soft.test(name)) ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE'
}

function alterIndexFacts({ relation, cmds }: AlterTableStmt): LockFact[] {
  const attached = (cmds ?? []).flatMap(node =>
    'AlterTableCmd' in node && node.AlterTableCmd.def && 'PartitionCmd' in node.AlterTableCmd.def
      ? [node.AlterTableCmd.def.PartitionCmd.name]
      : [],
  )
  if (attached.length > 0) {
    const note = 'every query of the table looks at its indexes'
    return attached.map(index => fact(relationOf(index), 'ACCESS EXCLUSIVE', { note }))
  }
  return [fact(relationOf(relation), 'SHARE UPDATE EXCLUSIVE')]
}
