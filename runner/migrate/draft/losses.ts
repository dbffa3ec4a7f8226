import type { RelationName } from '../../sql/classify.ts'
import type { SchemaChange } from '../../sql/schema-change.ts'
import type { ScriptStatement } from './engine-script.ts'
import type { ObjectNames } from './object-names.ts'
import type { ColumnFacts, SchemaFacts } from './schema-facts.ts'

/** Something a script takes away, or that its data may not survive or allow. */
export interface Loss {
  /** `column users.name` */
  readonly object: string
  /** `is dropped with its data` */
  readonly what: string
  /** Whether data is gone for good, rather than the statement refused or an object made anew. */
  readonly data: boolean
}

/** Names every destructive change of a script. `facts` are those of the database before it. */
export function findLosses(
  statements: readonly ScriptStatement[],
  names: ObjectNames,
  facts: SchemaFacts,
): Loss[] {
  const changes = statements.flatMap(statement => statement.changes)
  const remade = remadeEnums(changes)
  const values = [...remade.values()].flatMap(({ enum: name, labels }) => {
    const [schema, type] = names.parts(name)
    const before = facts.enums.find(each => each.schema === schema && each.name === type)?.labels ?? []
    const gone = before.filter(label => !labels.includes(label))
    const what = `loses ${gone.join(', ')}: fails where a row has it`
    return gone.length > 0 ? [{ object: `type ${names.show([schema, type])}`, what, data: false }] : []
  })
  const own = changes.filter(
    change =>
      !(change.kind === 'change-type' && remade.has(change.type.name)) &&
      !(change.kind === 'drop-type' && [...remade.values()].some(({ old }) => old === change.type.name)),
  )
  return [...values, ...own.flatMap(change => lossOf(change, names, facts) ?? [])]
}

interface RemadeEnum {
  readonly enum: RelationName
  readonly labels: readonly string[]
  /** The name it was put away under. */
  readonly old: string
}

/** To take a value from an enum the engine makes it anew beside the old one and exchanges the names. By the new one's first name. */
function remadeEnums(changes: readonly SchemaChange[]): Map<string, RemadeEnum> {
  const found = new Map<string, RemadeEnum>()
  for (const made of changes) {
    if (made.kind !== 'create-type') continue
    const named = changes.find(each => each.kind === 'rename-type' && each.type.name === made.type.name)
    const away = changes.find(
      each => each.kind === 'rename-type' && named?.kind === 'rename-type' && each.type.name === named.to,
    )
    if (named?.kind === 'rename-type' && away?.kind === 'rename-type')
      found.set(made.type.name, { enum: away.type, labels: made.labels, old: away.to })
  }
  return found
}

function lossOf(change: SchemaChange, names: ObjectNames, facts: SchemaFacts): Loss | undefined {
  switch (change.kind) {
    case 'drop-table':
      return {
        object: `table ${names.show(names.parts(change.table))}`,
        what: 'is dropped with its rows',
        data: true,
      }
    case 'drop-column':
      return { object: columnName(change, names), what: 'is dropped with its data', data: true }
    case 'change-type': {
      const [schema, table] = names.parts(change.table)
      const before = facts.columns.find(
        each => each.schema === schema && each.table === table && each.name === change.column,
      )
      const what = `changes its type${before ? ` from ${shownType(before)} to ${change.type.name}${change.type.array ? '[]' : ''}` : ''}: the table may be rewritten, and values may not fit`
      return { object: columnName(change, names), what, data: false }
    }
    case 'set-not-null':
      return {
        object: columnName(change, names),
        what: 'becomes required: fails where it is NULL',
        data: false,
      }
    case 'drop-index':
      return { object: `index ${names.show(names.parts(change.index))}`, what: 'is dropped', data: false }
    case 'drop-type':
      return { object: `type ${names.show(names.parts(change.type))}`, what: 'is dropped', data: false }
    case 'drop-constraint':
      return {
        object: `constraint ${names.show([...names.parts(change.table), change.constraint])}`,
        what: 'is dropped',
        data: false,
      }
    case 'create-index': {
      const [schema, table] = names.parts(change.table)
      // A table of the same script has no rows yet.
      const isThere = facts.columns.some(each => each.schema === schema && each.table === table)
      if (!change.unique || !isThere) return undefined
      const object = `index ${names.show([schema, change.index])}`
      return { object, what: 'is unique: fails where there are duplicates', data: false }
    }
    case 'drop-other':
      return { object: `${change.what} ${change.name.name}`, what: 'is dropped', data: false }
    default:
      return undefined
  }
}

const columnName = (
  { table, column }: Extract<SchemaChange, { readonly column: string }>,
  names: ObjectNames,
) => `column ${names.show([...names.parts(table), column])}`

const shownType = ({ type, array }: ColumnFacts) => `${type}${array ? '[]' : ''}`
