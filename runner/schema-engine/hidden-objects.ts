/** A result as a driver adapter hands it to the engine. */
export interface EngineRows {
  readonly columnNames: string[]
  rows: unknown[][]
}

export type HiddenKind = 'table' | 'column' | 'default' | 'index' | 'constraint' | 'type'

/**
 * What the engine is not to see of a database: objects that Prisma's schema language has no words for, or that are none of
 * its business. What it does not see it neither drops nor takes for something else.
 */
export class HiddenObjects {
  readonly #keys = new Set<string>()

  /** `column` and `default` take schema, table and column; `constraint` schema, table and name; the rest schema and name. */
  add(kind: HiddenKind, ...name: readonly string[]): this {
    this.#keys.add(key(kind, name))
    return this
  }

  has(kind: HiddenKind, ...name: readonly string[]): boolean {
    return this.#keys.has(key(kind, name))
  }

  get size(): number {
    return this.#keys.size
  }

  /** Takes the rows about hidden objects out of what the engine's queries of the catalogue gave. */
  filter(result: EngineRows): void {
    if (this.#keys.size === 0) return
    const at = new Map(result.columnNames.map((name, index) => [name, index]))
    if (!at.has('namespace')) return
    const read = (row: readonly unknown[], column: string) => {
      const index = at.get(column)
      const value = index === undefined ? undefined : row[index]
      return typeof value === 'string' ? value : undefined
    }
    const gone = new Set(result.rows.flatMap(row => (this.#hides(row, read) ? [wholeOf(row, read)] : [])))
    result.rows = result.rows.filter(row => !gone.has(wholeOf(row, read)))
    const defaults = at.get('column_default')
    if (defaults === undefined) return
    for (const row of result.rows) {
      const [schema, table, column] = [
        read(row, 'namespace'),
        read(row, 'table_name'),
        read(row, 'column_name'),
      ]
      if (this.has('default', schema ?? '', table ?? '', column ?? '')) row[defaults] = null
    }
  }

  #hides(row: readonly unknown[], read: Read): boolean {
    const schema = read(row, 'namespace') ?? ''
    const table = read(row, 'table_name')
    if (table === undefined) {
      // Enums have a value in every row; routines and base types have none.
      const name = read(row, 'value') === undefined ? undefined : read(row, 'name')
      return name !== undefined && this.has('type', schema, name)
    }
    const column = read(row, 'column_name') ?? read(row, 'child_column')
    const [index, constraint] = [read(row, 'index_name'), read(row, 'constraint_name')]
    return (
      this.has('table', schema, table) ||
      (column !== undefined && this.has('column', schema, table, column)) ||
      (index !== undefined && this.has('index', schema, index)) ||
      (constraint !== undefined && this.has('constraint', schema, table, constraint)) ||
      // A foreign key to a table that is not there would leave the engine without an answer.
      this.has('table', read(row, 'referenced_schema_name') ?? '', read(row, 'parent_table') ?? '')
    )
  }
}

type Read = (row: readonly unknown[], column: string) => string | undefined

const key = (kind: HiddenKind, name: readonly string[]) => JSON.stringify([kind, ...name])

/** Rows that make up one thing, such as the columns of an index, go together. */
function wholeOf(row: readonly unknown[], read: Read): string {
  const thing = read(row, 'index_name') ?? read(row, 'constraint_name')
  const parts = [read(row, 'namespace'), read(row, 'table_name'), thing]
  if (thing === undefined) parts.push(read(row, 'column_name'), read(row, 'name'))
  return JSON.stringify(parts)
}
