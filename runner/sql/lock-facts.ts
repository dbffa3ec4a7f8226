import type { Node } from 'libpg-query'
import { alterTableFacts } from './locks/alter-table.ts'
import {
  commentFacts,
  dropFacts,
  grantFacts,
  publicationFacts,
  renameFacts,
  storedQueryFacts,
  viewFacts,
} from './locks/definitions.ts'
import { createIndexFacts, reindexFacts } from './locks/indexes.ts'
import { fact, type LockFact, mergeFacts, unknownFact } from './locks/lock-fact.ts'
import { clusterFacts, refreshFacts, vacuumFacts } from './locks/maintenance.ts'
import { relationOf, relationsOf } from './locks/parse-tree.ts'
import { copyFacts, lockTableFacts, selectFacts, writeFacts } from './locks/queries.ts'
import { findRelation, type TableFacts } from './locks/table-facts.ts'
import { createTableFacts, truncateFacts } from './locks/tables.ts'
import type { Statement } from './parse.ts'

/**
 * What a statement locks, and whether it rewrites or reads tables, on a server of that major version (15 to 18). Pure:
 * what the text does not decide is taken from `known`, and is `unknown` without it. Every answer is compared with real
 * servers by tests/integration/lock-facts.test.ts.
 */
export function lockFacts({ node }: Pick<Statement, 'node'>, major: number, known?: TableFacts): LockFact[] {
  const facts = factsOf(node, major, known).map(each => {
    const relation = each.relation && findRelation(known, each.relation)
    if (!relation) return each
    const { schema, name } = relation
    const named = { ...each, relation: { schema, name }, isNew: each.isNew || relation.isNew }
    // Its rows are in the partitions, which have facts of their own.
    return relation.kind === 'partitioned' ? { ...named, rewrite: 'no' as const, scan: 'no' as const } : named
  })
  return mergeFacts(facts).map(each => (each.isNew ? { ...each, blocks: 'nothing' } : each))
}

function factsOf(node: Node, major: number, known: TableFacts | undefined): LockFact[] {
  if ('AlterTableStmt' in node) return alterTableFacts(node.AlterTableStmt, known)
  if ('CreateStmt' in node) {
    const exists = node.CreateStmt.if_not_exists && isThere(known, node.CreateStmt.relation)
    return exists ? [] : createTableFacts(node.CreateStmt, known)
  }
  if ('IndexStmt' in node) return createIndexFacts(node.IndexStmt, known)
  if ('DropStmt' in node) return dropFacts(node.DropStmt, known)
  if ('TruncateStmt' in node) return truncateFacts(node.TruncateStmt, known)
  if ('ReindexStmt' in node) return reindexFacts(node.ReindexStmt, known)
  if ('RenameStmt' in node) return renameFacts(node.RenameStmt, known)
  if ('AlterObjectSchemaStmt' in node) {
    const { relation, objectType } = node.AlterObjectSchemaStmt
    return relation && objectType !== 'OBJECT_SEQUENCE'
      ? [fact(relationOf(relation), 'ACCESS EXCLUSIVE')]
      : []
  }
  return queryFacts(node, known) ?? attachmentFacts(node, major, known) ?? apartFacts(node)
}

/** Statements that read or write rows. */
function queryFacts(node: Node, known: TableFacts | undefined): LockFact[] | undefined {
  if ('SelectStmt' in node) {
    const { intoClause } = node.SelectStmt
    if (!intoClause) return selectFacts(node.SelectStmt, known)
    return storedQueryFacts(relationOf(intoClause.rel), node, known)
  }
  if ('InsertStmt' in node || 'UpdateStmt' in node || 'DeleteStmt' in node || 'MergeStmt' in node)
    return writeFacts(node, known)
  if ('CreateTableAsStmt' in node) {
    const { into, query } = node.CreateTableAsStmt
    return storedQueryFacts(relationOf(into?.rel), query, known)
  }
  if ('CopyStmt' in node) return copyFacts(node.CopyStmt, known)
  if ('LockStmt' in node) return lockTableFacts(node.LockStmt, known)
  if ('VacuumStmt' in node) return vacuumFacts(node.VacuumStmt, known)
  if ('ClusterStmt' in node) return clusterFacts(node.ClusterStmt)
  if ('RefreshMatViewStmt' in node) return refreshFacts(node.RefreshMatViewStmt, known)
  return undefined
}

/** Statements about what hangs on a table. */
function attachmentFacts(node: Node, major: number, known: TableFacts | undefined): LockFact[] | undefined {
  if ('CreateTrigStmt' in node) {
    const { relation, constrrel } = node.CreateTrigStmt
    const from = constrrel ? [fact(relationOf(constrrel), 'SHARE ROW EXCLUSIVE')] : []
    return [fact(relationOf(relation), 'SHARE ROW EXCLUSIVE'), ...from]
  }
  if ('CreatePolicyStmt' in node) return [fact(relationOf(node.CreatePolicyStmt.table), 'ACCESS EXCLUSIVE')]
  if ('AlterPolicyStmt' in node) return [fact(relationOf(node.AlterPolicyStmt.table), 'ACCESS EXCLUSIVE')]
  if ('RuleStmt' in node) return [fact(relationOf(node.RuleStmt.relation), 'ACCESS EXCLUSIVE')]
  if ('ViewStmt' in node) return viewFacts(node.ViewStmt, known)
  if ('GrantStmt' in node) return grantFacts(node.GrantStmt, major)
  if ('CommentStmt' in node) return commentFacts(node.CommentStmt)
  if ('CreateStatsStmt' in node)
    return relationsOf(node.CreateStatsStmt.relations).map(each => fact(each, 'SHARE UPDATE EXCLUSIVE'))
  if ('CreatePublicationStmt' in node) {
    if (!node.CreatePublicationStmt.for_all_tables)
      return publicationFacts(node.CreatePublicationStmt.pubobjects, known)
    return []
  }
  if ('AlterPublicationStmt' in node) return publicationFacts(node.AlterPublicationStmt.pubobjects, known)
  if ('AlterDomainStmt' in node) {
    const checks = ['C', 'O', 'V'].includes(node.AlterDomainStmt.subtype ?? '')
    return checks ? [unknownFact('every table with a column of this domain')] : []
  }
  return undefined
}

/** Statements about objects that no table lock stands behind. */
const APART = new Set([
  'AlterCollationStmt',
  'AlterDatabaseSetStmt',
  'AlterDefaultPrivilegesStmt',
  'AlterEnumStmt',
  'AlterExtensionContentsStmt',
  'AlterFunctionStmt',
  'AlterOwnerStmt',
  'AlterRoleSetStmt',
  'AlterRoleStmt',
  'AlterSeqStmt',
  'AlterStatsStmt',
  'AlterTypeStmt',
  'CompositeTypeStmt',
  'ConstraintsSetStmt',
  'CreateCastStmt',
  'CreateDomainStmt',
  'CreateEnumStmt',
  'CreateExtensionStmt',
  'CreateFunctionStmt',
  'CreateRangeStmt',
  'CreateRoleStmt',
  'CreateSeqStmt',
  'DefineStmt',
  'DropRoleStmt',
  'GrantRoleStmt',
  'ListenStmt',
  'NotifyStmt',
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
])

function apartFacts(node: Node): LockFact[] {
  const [kind = ''] = Object.keys(node)
  if (kind === 'CreateSchemaStmt' && 'CreateSchemaStmt' in node && !node.CreateSchemaStmt.schemaElts)
    return []
  if (APART.has(kind)) return []
  if (kind === 'DoStmt') return [unknownFact('whatever the DO block does')]
  if (kind === 'CallStmt') return [unknownFact('whatever the procedure does')]
  return [unknownFact('a statement this version knows nothing about')]
}

function isThere(known: TableFacts | undefined, relation: Parameters<typeof relationOf>[0]): boolean {
  return findRelation(known, relationOf(relation)) !== undefined
}
