import type {
  CommentStmt,
  DropStmt,
  GrantStmt,
  Node,
  PublicationObjSpec,
  RenameStmt,
  ViewStmt,
} from 'libpg-query'
import type { RelationName } from '../classify.ts'
import { dropIndexFacts } from './indexes.ts'
import { fact, type LockFact, unknownFact } from './lock-fact.ts'
import { nameParts, qualified, relationOf, relationsOf } from './parse-tree.ts'
import { functionFacts, sourceFacts } from './queries.ts'
import { findRelation, type TableFacts } from './table-facts.ts'
import { dropRelationFacts, withChildren } from './tables.ts'

/** Kinds of objects that no table lock stands behind when they are dropped without CASCADE. */
const APART = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
  'OBJECT_TYPE',
  'OBJECT_DOMAIN',
  'OBJECT_SCHEMA',
  'OBJECT_SEQUENCE',
  'OBJECT_EXTENSION',
  'OBJECT_COLLATION',
  'OBJECT_PUBLICATION',
])

export function dropFacts(statement: DropStmt, known: TableFacts | undefined): LockFact[] {
  switch (statement.removeType) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_FOREIGN_TABLE':
      return dropRelationFacts(statement, known)
    case 'OBJECT_INDEX':
      return dropIndexFacts(statement, known)
    case 'OBJECT_TRIGGER':
    case 'OBJECT_POLICY':
    case 'OBJECT_RULE':
      return (statement.objects ?? []).map(node => fact(tableOfPart(node), 'ACCESS EXCLUSIVE'))
    default: {
      if (statement.behavior !== 'DROP_CASCADE' && APART.has(statement.removeType ?? '')) return []
      return [unknownFact('whatever depends on what is dropped')]
    }
  }
}

/** The table of something that belongs to one: `s.t.column`, `t.trigger`. */
function tableOfPart(node: Node | undefined): RelationName {
  return qualified(nameParts(node).slice(0, -1))
}

export function renameFacts(statement: RenameStmt, known: TableFacts | undefined): LockFact[] {
  const { renameType, relation } = statement
  switch (renameType) {
    case 'OBJECT_COLUMN':
    case 'OBJECT_TABCONSTRAINT':
      return withChildren([relationOf(relation)], known).map(each => fact(each, 'ACCESS EXCLUSIVE'))
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_TRIGGER':
    case 'OBJECT_POLICY':
    case 'OBJECT_RULE':
      return [fact(relationOf(relation), 'ACCESS EXCLUSIVE')]
    case 'OBJECT_ATTRIBUTE':
      return [unknownFact('tables of this type, if there are any')]
    default:
      // Indexes, sequences, types, functions, schemas: no table is locked.
      return []
  }
}

/** CREATE [OR REPLACE] VIEW. */
export function viewFacts(statement: ViewStmt, known: TableFacts | undefined): LockFact[] {
  const view = relationOf(statement.view)
  const replaced = statement.replace && findRelation(known, view) !== undefined
  const own: LockFact = replaced
    ? fact(view, 'ACCESS EXCLUSIVE')
    : { ...fact(view, 'ACCESS EXCLUSIVE'), isNew: !statement.replace || known !== undefined }
  // Its query is stored and not run.
  const sources = sourceFacts(statement.query, [], undefined).map(each => ({ ...each, scan: 'no' as const }))
  return [own, ...sources]
}

/** Only 18 locks a table whose privileges change. */
export function grantFacts({ objects, objtype, targtype }: GrantStmt, major: number): LockFact[] {
  if (major < 18 || objtype !== 'OBJECT_TABLE') return []
  if (targtype !== 'ACL_TARGET_OBJECT') return []
  return relationsOf(objects).map(each => fact(each, 'ACCESS SHARE'))
}

export function commentFacts({ objtype, object }: CommentStmt): LockFact[] {
  switch (objtype) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
      return [fact(qualified(nameParts(object)), 'SHARE UPDATE EXCLUSIVE')]
    case 'OBJECT_COLUMN':
      return [fact(tableOfPart(object), 'SHARE UPDATE EXCLUSIVE')]
    case 'OBJECT_TABCONSTRAINT':
    case 'OBJECT_TRIGGER':
    case 'OBJECT_POLICY':
    case 'OBJECT_RULE':
      return [fact(tableOfPart(object), 'ACCESS SHARE')]
    default:
      return []
  }
}

export function publicationFacts(
  objects: readonly Node[] | undefined,
  known: TableFacts | undefined,
): LockFact[] {
  const specs = (objects ?? []).flatMap((node): PublicationObjSpec[] =>
    'PublicationObjSpec' in node ? [node.PublicationObjSpec] : [],
  )
  const tables = specs.flatMap(({ pubtable }) => (pubtable ? [relationOf(pubtable.relation)] : []))
  return withChildren(tables, known).map(each => fact(each, 'SHARE UPDATE EXCLUSIVE'))
}

/** CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW: the rows are read now, into a table that nobody knows. */
export function storedQueryFacts(
  target: RelationName,
  query: Node | undefined,
  known: TableFacts | undefined,
): LockFact[] {
  const own = { ...fact(target, 'ACCESS EXCLUSIVE'), isNew: true }
  return [own, ...sourceFacts(query, [target], known), ...functionFacts(query)]
}
