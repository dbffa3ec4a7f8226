import type { HiddenKind, HiddenObjects } from '../../schema-engine/hidden-objects.ts'
import type { RelationName } from '../../sql/classify.ts'
import type { SchemaChange } from '../../sql/schema-change.ts'
import type { ObjectNames } from './object-names.ts'
import type { Origins } from './origins.ts'
import type { ColumnFacts, IndexFacts, SchemaFacts } from './schema-facts.ts'

/** An object that Prisma would take away or change, and that stays as it is. */
export interface Kept {
  /** `index users_email_lower`, `column posts.search` */
  readonly object: string
  /** The name to give to `--drop`. */
  readonly name: string
  readonly reason: string
}

/** A decision to keep, and what the engine must not see for it. */
export interface Keep extends Kept {
  readonly hide: readonly [HiddenKind, ...string[]]
}

export interface KeepRules {
  readonly names: ObjectNames
  readonly origins: Origins
  /** Of every database that is compared. */
  readonly facts: readonly SchemaFacts[]
  readonly hidden: HiddenObjects
  /** On the way back: what the engine describes wrongly when it reads it from a database, and the server defines. */
  readonly redefined?: (what: IndexFacts | ColumnFacts) => boolean
  /** Names that were given to `--drop`: what Prisma would do is wanted. */
  readonly droppable: (name: string) => boolean
}

/**
 * Decides which of the changes that the engine proposes concern an object that is none of its business: made by a file beside
 * Prisma's, or one that its language cannot express, whose absence from schema.prisma therefore says nothing.
 */
export function decideKeeps(changes: readonly SchemaChange[], rules: KeepRules): Keep[] {
  const found = changes.flatMap(change => decide(change, rules) ?? [])
  const gone = (kind: HiddenKind, ...name: string[]) =>
    rules.hidden.has(kind, ...name) ||
    found.some(({ hide }) => hide.join('\0') === [kind, ...name].join('\0'))
  // What hangs on something kept: its indexes, and the enums it is made of.
  const hanging = changes.flatMap(change => decideHanging(change, rules, gone) ?? [])
  const wanted = [...found, ...hanging].filter(({ name }) => !rules.droppable(name))
  return [...new Map(wanted.map(keep => [keep.object, keep])).values()]
}

function decide(change: SchemaChange, rules: KeepRules): Keep | undefined {
  const { names, origins } = rules
  const of = (name: RelationName) => names.parts(name)
  const made = (...args: Parameters<Origins['madeBeside']>) => {
    const file = origins.madeBeside(...args)
    if (file !== undefined) return `${file} made it`
    return origins.madeUnseen(...args)
      ? 'no statement that can be read made it: a DO block may have'
      : undefined
  }
  const keep = (
    reason: string | false | undefined,
    hide: readonly [HiddenKind, ...string[]],
  ): Keep | undefined => {
    if (!reason) return undefined
    const [kind, ...name] = hide
    const shown = names.show(name)
    return {
      object: `${kind === 'default' ? 'default of column' : kind} ${shown}`,
      name: shown,
      reason,
      hide,
    }
  }
  switch (change.kind) {
    case 'drop-table': {
      const name = of(change.table)
      const table = first(rules, ({ tables }) => tables.find(each => is(name, each.schema, each.name)))
      return keep(made('table', ...name) ?? (table?.partitioned && CANNOT('it is partitioned')), [
        'table',
        ...name,
      ])
    }
    case 'drop-column': {
      const name = [...of(change.table), change.column]
      const generated = columnOf(rules, name)?.generated
      return keep(made('column', ...name) ?? (generated && CANNOT('it is generated')), ['column', ...name])
    }
    case 'drop-default':
    case 'set-default': {
      const name = [...of(change.table), change.column]
      const generated = columnOf(rules, name)?.generated && CANNOT('the column is generated')
      const file = change.kind === 'drop-default' ? origins.madeBeside('default', ...name) : undefined
      return keep(generated || (file && `${file} set it`), ['default', ...name])
    }
    case 'drop-index': {
      const name = of(change.index)
      return keep(made('index', ...name) ?? inexpressible(rules, name), ['index', ...name])
    }
    // The engine takes it for one that schema.prisma declares under another name, and does not see the difference.
    case 'rename-index': {
      const name = of(change.index)
      const partial = indexOf(rules, name)?.partial ? CANNOT('it has a WHERE') : undefined
      return keep(inexpressible(rules, name) ?? partial, ['index', ...name])
    }
    // It would be made without what only the database knows of it.
    case 'create-index': {
      const name = [of(change.table)[0] ?? '', change.index]
      const index = indexOf(rules, name)
      const redefined = index && rules.redefined?.(index) ? 'the server defines it' : undefined
      return keep(inexpressible(rules, name) ?? redefined, ['index', ...name])
    }
    case 'add-column': {
      const name = [...of(change.table), change.column]
      const column = columnOf(rules, name)
      return keep(column && rules.redefined?.(column) && 'the server defines it', ['column', ...name])
    }
    case 'drop-constraint': {
      const name = [...of(change.table), change.constraint]
      return keep(made('constraint', ...name), ['constraint', ...name])
    }
    case 'drop-type': {
      const name = of(change.type)
      return keep(made('type', ...name), ['type', ...name])
    }
    default:
      return undefined
  }
}

function decideHanging(
  change: SchemaChange,
  rules: KeepRules,
  gone: (kind: HiddenKind, ...name: string[]) => boolean,
): Keep | undefined {
  const { names } = rules
  if (change.kind === 'drop-index') {
    const name = names.parts(change.index)
    const index = indexOf(rules, name)
    const column = index?.columns.find(each => gone('column', index.schema, index.table, each))
    if (!index || column === undefined) return undefined
    const reason = `it is on column ${names.show([index.schema, index.table, column])}, which stays`
    return { object: `index ${names.show(name)}`, name: names.show(name), reason, hide: ['index', ...name] }
  }
  if (change.kind !== 'drop-type') return undefined
  const name = names.parts(change.type)
  const user = first(rules, ({ columns }) =>
    columns.find(
      ({ schema, table, name: column, type, typeSchema }) =>
        is(name, typeSchema, type) && (gone('table', schema, table) || gone('column', schema, table, column)),
    ),
  )
  if (!user) return undefined
  const reason = `column ${names.show([user.schema, user.table, user.name])}, which stays, is of it`
  return { object: `type ${names.show(name)}`, name: names.show(name), reason, hide: ['type', ...name] }
}

const CANNOT = (why: string) => `Prisma cannot express it: ${why}`

const is = (name: readonly string[], ...parts: readonly string[]) => name.join('\0') === parts.join('\0')

function first<T>({ facts }: KeepRules, find: (facts: SchemaFacts) => T | undefined): T | undefined {
  for (const each of facts) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

const indexOf = (rules: KeepRules, name: readonly string[]) =>
  first(rules, ({ indexes }) => indexes.find(each => is(name, each.schema, each.name)))

const columnOf = (rules: KeepRules, name: readonly string[]) =>
  first(rules, ({ columns }) => columns.find(each => is(name, each.schema, each.table, each.name)))

function inexpressible(rules: KeepRules, name: readonly string[]): string | undefined {
  const why = indexOf(rules, name)?.inexpressible
  return why ? CANNOT(why) : undefined
}
