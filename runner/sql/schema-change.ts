import type { AlterTableCmd, ColumnDef, Constraint, Node, TypeName } from 'libpg-query'
import type { RelationName } from './classify.ts'
import { constraintsOf, nameParts, qualified, relationOf, strings } from './locks/parse-tree.ts'

/** A column as a statement makes it. */
export interface ColumnShape {
  readonly name: string
  readonly type: TypeShape
}

/** A type by its own name (`int4`, `varchar`, the name of an enum), without length and schema. */
export interface TypeShape {
  readonly name: string
  readonly array: boolean
}

interface OfTable {
  readonly table: RelationName
}

/** One thing that a statement does to the schema, as far as it matters who made an object and whether it is lost. */
export type SchemaChange =
  | (OfTable & {
      readonly kind: 'create-table'
      readonly columns: readonly ColumnShape[]
      readonly ifAbsent: boolean
    })
  | (OfTable & { readonly kind: 'drop-table' })
  | (OfTable & { readonly kind: 'rename-table'; readonly to: string })
  | (OfTable & {
      readonly kind: 'add-column'
      readonly column: string
      readonly type: TypeShape
      readonly ifAbsent: boolean
      readonly needsValue: boolean
    })
  | (OfTable & {
      readonly kind: 'drop-column' | 'set-default' | 'drop-default' | 'set-not-null'
      readonly column: string
    })
  | (OfTable & { readonly kind: 'rename-column'; readonly column: string; readonly to: string })
  | (OfTable & { readonly kind: 'change-type'; readonly column: string; readonly type: TypeShape })
  | (OfTable & { readonly kind: 'add-constraint' | 'drop-constraint'; readonly constraint: string })
  | (OfTable & { readonly kind: 'rename-constraint'; readonly constraint: string; readonly to: string })
  | (OfTable & {
      readonly kind: 'create-index'
      readonly index: string
      readonly unique: boolean
      readonly ifAbsent: boolean
    })
  | { readonly kind: 'drop-index'; readonly index: RelationName }
  | { readonly kind: 'rename-index'; readonly index: RelationName; readonly to: string }
  | { readonly kind: 'create-type'; readonly type: RelationName; readonly labels: readonly string[] }
  | { readonly kind: 'drop-type'; readonly type: RelationName }
  | { readonly kind: 'rename-type'; readonly type: RelationName; readonly to: string }
  | {
      readonly kind: 'move'
      readonly what: 'table' | 'type'
      readonly name: RelationName
      readonly schema: string
    }
  | { readonly kind: 'drop-other'; readonly what: string; readonly name: RelationName }
  /** A block of code that may do anything. */
  | { readonly kind: 'code' }

/** What a statement does to the schema; empty for what concerns no table, index or type. */
export function schemaChanges(node: Node): SchemaChange[] {
  if ('CreateStmt' in node) {
    const { relation, tableElts = [], if_not_exists } = node.CreateStmt
    const table = relationOf(relation)
    const columns = tableElts.flatMap(each => ('ColumnDef' in each ? [each.ColumnDef] : []))
    const own = tableElts.flatMap(each => ('Constraint' in each ? [each.Constraint] : []))
    const named = [...own, ...columns.flatMap(constraintsOf)].flatMap(each => addConstraint(table, each))
    return [
      { kind: 'create-table', table, columns: columns.map(shapeOf), ifAbsent: if_not_exists === true },
      ...named,
    ]
  }
  if ('CreateTableAsStmt' in node && node.CreateTableAsStmt.objtype === 'OBJECT_TABLE') {
    const table = relationOf(node.CreateTableAsStmt.into?.rel)
    return [
      { kind: 'create-table', table, columns: [], ifAbsent: node.CreateTableAsStmt.if_not_exists === true },
    ]
  }
  if ('IndexStmt' in node) {
    const { relation, idxname, unique, if_not_exists } = node.IndexStmt
    if (!idxname) return []
    return [
      {
        kind: 'create-index',
        table: relationOf(relation),
        index: idxname,
        unique: unique === true,
        ifAbsent: if_not_exists === true,
      },
    ]
  }
  if ('CreateEnumStmt' in node) {
    const type = qualified(strings(node.CreateEnumStmt.typeName))
    return [{ kind: 'create-type', type, labels: strings(node.CreateEnumStmt.vals) }]
  }
  if ('CreateDomainStmt' in node)
    return [{ kind: 'create-type', type: qualified(strings(node.CreateDomainStmt.domainname)), labels: [] }]
  if ('CompositeTypeStmt' in node)
    return [{ kind: 'create-type', type: relationOf(node.CompositeTypeStmt.typevar), labels: [] }]
  if ('DropStmt' in node)
    return (node.DropStmt.objects ?? []).map(each =>
      dropped(node.DropStmt.removeType, qualified(nameParts(each))),
    )
  if ('RenameStmt' in node) return renamed(node.RenameStmt)
  if ('AlterObjectSchemaStmt' in node) {
    const { objectType, relation, object, newschema = '' } = node.AlterObjectSchemaStmt
    if (objectType === 'OBJECT_TABLE')
      return [{ kind: 'move', what: 'table', name: relationOf(relation), schema: newschema }]
    if (objectType === 'OBJECT_TYPE')
      return [{ kind: 'move', what: 'type', name: qualified(nameParts(object)), schema: newschema }]
    return []
  }
  if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TABLE') {
    const table = relationOf(node.AlterTableStmt.relation)
    return (node.AlterTableStmt.cmds ?? []).flatMap(each =>
      'AlterTableCmd' in each ? altered(table, each.AlterTableCmd) : [],
    )
  }
  return 'DoStmt' in node || 'CallStmt' in node ? [{ kind: 'code' }] : []
}

function altered(
  table: RelationName,
  { subtype, name = '', def, missing_ok }: AlterTableCmd,
): SchemaChange[] {
  switch (subtype) {
    case 'AT_AddColumn': {
      if (!def || !('ColumnDef' in def)) return []
      const { name: column, type } = shapeOf(def.ColumnDef)
      const constraints = constraintsOf(def.ColumnDef).flatMap(each => addConstraint(table, each))
      const needsValue = demandsValue(def.ColumnDef)
      return [
        { kind: 'add-column', table, column, type, ifAbsent: missing_ok === true, needsValue },
        ...constraints,
      ]
    }
    case 'AT_DropColumn':
      return [{ kind: 'drop-column', table, column: name }]
    case 'AT_ColumnDefault':
      return [{ kind: def ? 'set-default' : 'drop-default', table, column: name }]
    case 'AT_SetNotNull':
      return [{ kind: 'set-not-null', table, column: name }]
    case 'AT_AlterColumnType':
      return def && 'ColumnDef' in def
        ? [{ kind: 'change-type', table, column: name, type: typeShape(def.ColumnDef.typeName) }]
        : []
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? addConstraint(table, def.Constraint) : []
    case 'AT_DropConstraint':
      return [{ kind: 'drop-constraint', table, constraint: name }]
    default:
      return []
  }
}

function addConstraint(table: RelationName, { conname }: Constraint): SchemaChange[] {
  return conname ? [{ kind: 'add-constraint', table, constraint: conname }] : []
}

function dropped(type: string | undefined, name: RelationName): SchemaChange {
  switch (type) {
    case 'OBJECT_TABLE':
      return { kind: 'drop-table', table: name }
    case 'OBJECT_INDEX':
      return { kind: 'drop-index', index: name }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { kind: 'drop-type', type: name }
    default:
      return { kind: 'drop-other', what: (type ?? '').replace('OBJECT_', '').toLowerCase(), name }
  }
}

function renamed({
  renameType,
  relation,
  object,
  subname = '',
  newname: to = '',
}: Extract<Node, { RenameStmt: unknown }>['RenameStmt']): SchemaChange[] {
  const table = relationOf(relation)
  switch (renameType) {
    case 'OBJECT_TABLE':
      return [{ kind: 'rename-table', table, to }]
    case 'OBJECT_COLUMN':
      return [{ kind: 'rename-column', table, column: subname, to }]
    case 'OBJECT_TABCONSTRAINT':
      return [{ kind: 'rename-constraint', table, constraint: subname, to }]
    case 'OBJECT_INDEX':
      return [{ kind: 'rename-index', index: table, to }]
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return [{ kind: 'rename-type', type: qualified(nameParts(object)), to }]
    default:
      return []
  }
}

function shapeOf({ colname = '', typeName }: ColumnDef): ColumnShape {
  return { name: colname, type: typeShape(typeName) }
}

/** Whether a table that has rows refuses the column: it is required, and nothing gives it a value. */
function demandsValue(column: ColumnDef): boolean {
  const kinds = constraintsOf(column).map(({ contype }) => contype)
  const given = kinds.some(
    kind => kind === 'CONSTR_DEFAULT' || kind === 'CONSTR_GENERATED' || kind === 'CONSTR_IDENTITY',
  )
  const serial = (strings(column.typeName?.names).at(-1) ?? '') in SERIALS
  return (kinds.includes('CONSTR_NOTNULL') || kinds.includes('CONSTR_PRIMARY')) && !given && !serial
}

/** The grammar turns `INTEGER` into `pg_catalog.int4`; serial types are integers with a default. */
const SERIALS: Readonly<Record<string, string>> = {
  smallserial: 'int2',
  serial2: 'int2',
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
}

function typeShape(type: TypeName | undefined): TypeShape {
  const name = strings(type?.names).at(-1) ?? ''
  return { name: SERIALS[name] ?? name, array: (type?.arrayBounds ?? []).length > 0 }
}
