import type { Node, RenameStmt } from 'libpg-query'
import type { RelationName } from '../classify.ts'
import type { Statement } from '../parse.ts'
import { opaqueFunctions } from './expressions.ts'
import { mentionedRelations, nameParts, qualified, relationOf, strings } from './parse-tree.ts'
import { afterSetting, afterVariable, setConfigCall } from './session-changes.ts'
import { afterAlterTable } from './table-changes.ts'
import {
  findRelation,
  type KnownRelation,
  type KnownType,
  placeOf,
  plainRelation,
  relationKey,
  type TableFacts,
  withRelation,
} from './table-facts.ts'

/**
 * The facts as they stand once a statement has run, for the statements behind it: what is new harms nobody, what is
 * renamed is found by its new name, and what the text does not tell is forgotten rather than kept.
 */
export function afterStatement(known: TableFacts, { node }: Pick<Statement, 'node'>): TableFacts {
  if ('CreateStmt' in node) return withNew(known, relationOf(node.CreateStmt.relation), 'table')
  if ('CreateTableAsStmt' in node)
    return withNew(known, relationOf(node.CreateTableAsStmt.into?.rel), 'table')
  const assigned = 'SelectStmt' in node ? setConfigCall(node) : undefined
  if (assigned) return afterSetting(known, assigned.name, [assigned.value])
  if ('SelectStmt' in node && node.SelectStmt.intoClause)
    return withNew(known, relationOf(node.SelectStmt.intoClause.rel), 'table')
  if ('ViewStmt' in node) return withNew(known, relationOf(node.ViewStmt.view), 'view')
  if ('IndexStmt' in node) {
    const { idxname, relation } = node.IndexStmt
    const table = relationOf(relation)
    if (!idxname) return known
    return withNew(known, { schema: placeOf(known, table).schema, name: idxname }, 'index', table)
  }
  if ('CreateEnumStmt' in node)
    return withType(known, node.CreateEnumStmt.typeName, { kind: 'enum', base: undefined })
  if ('CompositeTypeStmt' in node) {
    const { schema, name } = relationOf(node.CompositeTypeStmt.typevar)
    return putType(known, { schema, name }, { kind: 'other', base: undefined })
  }
  if ('CreateDomainStmt' in node) {
    const constrained = (node.CreateDomainStmt.constraints ?? []).some(
      each => 'Constraint' in each && each.Constraint.contype !== 'CONSTR_DEFAULT',
    )
    return withType(known, node.CreateDomainStmt.domainname, {
      kind: constrained ? 'constrained-domain' : 'domain',
      base: undefined,
    })
  }
  if ('DropStmt' in node) {
    const names = (node.DropStmt.objects ?? []).map(each => qualified(nameParts(each)))
    return names.reduce(without, known)
  }
  if ('RenameStmt' in node) return renamed(known, node.RenameStmt)
  if ('AlterTableStmt' in node) return afterAlterTable(known, node.AlterTableStmt)
  if ('InsertStmt' in node || 'MergeStmt' in node || 'CopyStmt' in node)
    return mentionedRelations(node).reduce(written, known)
  if ('DoStmt' in node || 'CallStmt' in node || opaqueFunctions(node).length > 0)
    return [...known.relations.values()].reduce(written, known)
  if ('VariableSetStmt' in node) return afterVariable(known, node.VariableSetStmt)
  return known
}

function withNew(
  known: TableFacts,
  name: RelationName,
  kind: KnownRelation['kind'],
  indexOf?: RelationName,
): TableFacts {
  // IF NOT EXISTS and OR REPLACE may find it there already.
  if (findRelation(known, name)) return known
  const schema = name.schema ?? known.searchPath[0] ?? ''
  const added = { kind, isNew: kind !== 'index', isEmpty: kind === 'table', indexOf }
  return withRelation(known, plainRelation({ schema, name: name.name }, added))
}

function without(known: TableFacts, name: RelationName): TableFacts {
  const found = findRelation(known, name)
  if (!found) return known
  const relations = new Map(known.relations)
  relations.delete(relationKey(found))
  return { ...known, relations }
}

function written(known: TableFacts, name: RelationName): TableFacts {
  const found = findRelation(known, name)
  return found?.isEmpty ? withRelation(known, { ...found, isEmpty: false }) : known
}

function withType(known: TableFacts, names: readonly Node[] | undefined, type: KnownType): TableFacts {
  return putType(known, qualified(strings(names)), type)
}

function putType(known: TableFacts, { schema, name }: RelationName, type: KnownType): TableFacts {
  const key = relationKey({ schema: schema ?? known.searchPath[0] ?? '', name })
  return { ...known, types: new Map(known.types).set(key, type) }
}

function renamed(
  known: TableFacts,
  { renameType, relation, subname, newname = '', object }: RenameStmt,
): TableFacts {
  if (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN') {
    const from = qualified(nameParts(object))
    const type = known.types.get(
      relationKey({ schema: from.schema ?? known.searchPath[0] ?? '', name: from.name }),
    )
    return type ? putType(known, { schema: from.schema, name: newname }, type) : known
  }
  const found = relation && findRelation(known, relationOf(relation))
  if (!found) return known
  if (renameType === 'OBJECT_COLUMN') {
    const columns = new Map(
      [...found.columns].map(([name, each]) => [name === subname ? newname : name, each]),
    )
    return withRelation(known, { ...found, columns })
  }
  if (renameType === 'OBJECT_TABCONSTRAINT') {
    const constraints = found.constraints.map(each =>
      each.name === subname ? { ...each, name: newname } : each,
    )
    return withRelation(known, { ...found, constraints })
  }
  const whole = ['OBJECT_TABLE', 'OBJECT_INDEX', 'OBJECT_VIEW', 'OBJECT_MATVIEW'].includes(renameType ?? '')
  return whole ? withRelation(without(known, found), { ...found, name: newname }) : known
}
