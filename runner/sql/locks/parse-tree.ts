import type { ColumnDef, Constraint, Node, RangeVar } from 'libpg-query'
import type { RelationName } from '../classify.ts'

/** The relation of a `RangeVar`. */
export function relationOf(relation: RangeVar | undefined): RelationName {
  return { schema: relation?.schemaname, name: relation?.relname ?? '' }
}

/** The relation of a list element that is a `RangeVar`. */
export function relationsOf(nodes: readonly Node[] | undefined): RelationName[] {
  return (nodes ?? []).flatMap(node => ('RangeVar' in node ? [relationOf(node.RangeVar)] : []))
}

/** `["s", "t"]` of a qualified name, however the grammar wraps it. */
export function nameParts(node: Node | undefined): string[] {
  if (!node) return []
  if ('String' in node) return [node.String.sval ?? '']
  if ('TypeName' in node) return strings(node.TypeName.names)
  if ('ObjectWithArgs' in node) return strings(node.ObjectWithArgs.objname)
  return 'List' in node ? strings(node.List.items) : []
}

export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap(node => ('String' in node ? [node.String.sval ?? ''] : []))
}

/** The last two parts of a qualified name. */
export function qualified(parts: readonly string[]): RelationName {
  return { schema: parts.at(-2), name: parts.at(-1) ?? '' }
}

/** Relations below a node that a query reads or writes: every `RangeVar` but the names of common table expressions. */
export function mentionedRelations(node: unknown): RelationName[] {
  const found: RelationName[] = []
  const named = new Set<string>()
  walk(node, (key, value) => {
    if (key === 'CommonTableExpr' && typeof value.ctename === 'string') named.add(value.ctename)
    if (typeof value.relname === 'string') found.push(relationOf(value as RangeVar))
  })
  return found.filter(({ schema, name }) => schema !== undefined || !named.has(name))
}

/** Names of the functions that a node calls, without their schema. */
export function calledFunctions(node: unknown): string[] {
  const found: string[] = []
  walk(node, (key, value) => {
    if (key === 'FuncCall') found.push(strings(value.funcname as Node[] | undefined).at(-1) ?? '')
  })
  return found
}

/** Calls `visit` for every object below a node with the key it stands under. */
export function walk(
  node: unknown,
  visit: (key: string, value: Readonly<Record<string, unknown>>) => void,
  key = '',
): void {
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit, key)
  } else if (typeof node === 'object' && node !== null) {
    visit(key, node as Readonly<Record<string, unknown>>)
    for (const [inner, value] of Object.entries(node)) walk(value, visit, inner)
  }
}

export function constraintsOf(column: ColumnDef): Constraint[] {
  return (column.constraints ?? []).flatMap(node => ('Constraint' in node ? [node.Constraint] : []))
}

/** Options of the form `(name, name value)`, by lower-case name. */
export function optionNames(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap(node => ('DefElem' in node ? [node.DefElem.defname?.toLowerCase() ?? ''] : []))
}
