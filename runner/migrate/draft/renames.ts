import { escapeIdentifier } from 'pg'
import { HowdahError } from '../../core/errors.ts'
import type { RelationName } from '../../sql/classify.ts'
import type { ColumnShape, SchemaChange } from '../../sql/schema-change.ts'
import type { AskRename, Decisions, RenameQuestion } from './decisions.ts'
import type { ObjectNames } from './object-names.ts'
import type { SchemaFacts } from './schema-facts.ts'
import { similarTypes } from './similar-types.ts'

/** A change of name, both ways. */
export interface Rename {
  readonly kind: 'table' | 'column' | 'type'
  readonly from: string
  readonly to: string
  readonly forward: string
  readonly backward: string
}

interface Dropped {
  readonly kind: Rename['kind']
  /** Schema, name, and the column's name. */
  readonly name: readonly string[]
  readonly relation: RelationName
  /** New things it could be, the likeliest first; `alike` tells whether that is worth a question. */
  readonly options: readonly { readonly name: readonly string[]; readonly alike: boolean }[]
}

/** Earlier names of tables that were renamed already, by schema and name as they are now. */
export type FormerNames = ReadonlyMap<string, string>

export const formerKey = (schema: string, table: string) => JSON.stringify([schema, table])

export interface RenameContext {
  readonly names: ObjectNames
  readonly facts: SchemaFacts
  readonly decisions: Decisions
  readonly former: FormerNames
  readonly ask: AskRename | undefined
}

/**
 * Finds what may have been renamed rather than dropped, and decides each case by flag or by asking.
 * @throws HowdahError rename-undecided, rename-unknown
 */
export async function decideRenames(
  changes: readonly SchemaChange[],
  context: RenameContext,
): Promise<Rename[]> {
  const { names, decisions, ask } = context
  const renames: Rename[] = []
  const undecided: RenameQuestion[] = []
  const taken = new Set<string>()
  for (const dropped of findDropped(changes, context)) {
    const free = dropped.options.filter(({ name }) => !taken.has(names.show(name)))
    const choose = (name: readonly string[]) => {
      taken.add(names.show(name))
      renames.push(renameOf(dropped, name, names))
    }
    const wish = decisions.about(spellings(dropped.name, context))
    if (wish === 'drop') continue
    if (wish) {
      const chosen = free.find(({ name }) =>
        spellings(name, context).some(each => each.join('\0') === wish.to.join('\0')),
      )
      if (!chosen) {
        const problem = `nothing new is called ${names.show(wish.to.length > dropped.name.length - 1 ? wish.to : [names.schema, ...wish.to])}`
        throw new HowdahError('rename-unknown', { flag: wish.flag, problem })
      }
      choose(chosen.name)
      continue
    }
    const [first, ...rest] = free.filter(({ alike }) => alike)
    if (!first) continue
    const to: [string, ...string[]] = [names.show(first.name), ...rest.map(({ name }) => names.show(name))]
    const question = { kind: dropped.kind, from: names.show(dropped.name), to }
    const answer = await ask?.(question)
    if (answer === undefined) undecided.push(question)
    else if (answer !== 'dropped') choose([first, ...rest][answer]?.name ?? first.name)
  }
  if (undecided.length > 0) throw undecidedError(undecided, decisions.idle())
  return renames
}

function undecidedError(questions: readonly RenameQuestion[], idle: readonly string[]): HowdahError {
  return new HowdahError(
    'rename-undecided',
    {
      questions: [
        ...questions.map(({ kind, from, to }) => `${kind} ${from} is gone, and ${to.join(', ')} new`),
        ...idle.map(flag => `${flag} is about none of these`),
      ],
      flags: questions.map(
        ({ from, to }) => `${to.map(each => `--rename '${from}=${each}'`).join(' or ')}, or --drop '${from}'`,
      ),
    },
    { details: { questions } },
  )
}

/** Every way to write a name: with its schema, without where it is that of the URL, and under a table's former name. */
function spellings(
  [schema = '', table = '', ...rest]: readonly string[],
  { names, former }: RenameContext,
): string[][] {
  const old = rest.length > 0 ? former.get(formerKey(schema, table)) : undefined
  return [table, ...(old === undefined ? [] : [old])].flatMap(each => {
    const full = [schema, each, ...rest]
    return schema === names.schema ? [full, full.slice(1)] : [full]
  })
}

function findDropped(changes: readonly SchemaChange[], { names, facts }: RenameContext): Dropped[] {
  const added = of(changes, 'add-column')
  const columns = of(changes, 'drop-column').map(({ table, column }): Dropped => {
    const [schema, name] = names.parts(table)
    const before = facts.columns.find(
      each => each.schema === schema && each.table === name && each.name === column,
    )
    const options = added
      .filter(each => names.parts(each.table).join('\0') === [schema, name].join('\0'))
      .map(each => ({
        name: [schema, name, each.column],
        alike: before !== undefined && similarTypes({ name: before.type, array: before.array }, each.type),
      }))
    return { kind: 'column', name: [schema, name, column], relation: table, options }
  })
  const tables = of(changes, 'drop-table').map(({ table }): Dropped => {
    const [schema, name] = names.parts(table)
    const before = facts.columns.filter(each => each.schema === schema && each.table === name)
    const options = of(changes, 'create-table')
      .filter(created => names.parts(created.table)[0] === schema)
      .map(created => ({ name: names.parts(created.table), share: shareOf(before, created.columns) }))
      .sort((a, b) => b.share - a.share)
      .map(option => ({ name: option.name, alike: option.share >= 0.5 }))
    return { kind: 'table', name: [schema, name], relation: table, options }
  })
  const types = of(changes, 'drop-type').map(({ type }): Dropped => {
    const [schema, name] = names.parts(type)
    const labels = facts.enums.find(each => each.schema === schema && each.name === name)?.labels ?? []
    const options = of(changes, 'create-type')
      .filter(created => names.parts(created.type)[0] === schema)
      .map(created => ({
        name: names.parts(created.type),
        alike: overlap(labels, created.labels) >= 0.5,
      }))
    return { kind: 'type', name: [schema, name], relation: type, options }
  })
  return [...tables, ...types, ...columns]
}

function of<K extends SchemaChange['kind']>(changes: readonly SchemaChange[], kind: K) {
  return changes.filter((change): change is Extract<SchemaChange, { kind: K }> => change.kind === kind)
}

/** How much of two tables is alike: columns of one name and a similar type, of all there are. */
function shareOf(before: SchemaFacts['columns'], after: readonly ColumnShape[]): number {
  const alike = after.filter(({ name, type }) =>
    before.some(each => each.name === name && similarTypes({ name: each.type, array: each.array }, type)),
  )
  return alike.length / Math.max(before.length, after.length, 1)
}

function overlap(before: readonly string[], after: readonly string[]): number {
  return after.filter(label => before.includes(label)).length / Math.max(before.length, after.length, 1)
}

/** The statement names its table as the engine does: with a schema only where the Prisma schema has several. */
function renameOf({ kind, name, relation }: Dropped, to: readonly string[], names: ObjectNames): Rename {
  const [old, now] = [name.at(-1) ?? '', to.at(-1) ?? '']
  const qualified = (last: string) =>
    [...(relation.schema === undefined ? [] : [relation.schema]), last].map(escapeIdentifier).join('.')
  const sentence = (from: string, into: string) => {
    if (kind === 'column')
      return `ALTER TABLE ${qualified(relation.name)} RENAME COLUMN ${escapeIdentifier(from)} TO ${escapeIdentifier(into)}`
    return `ALTER ${kind === 'type' ? 'TYPE' : 'TABLE'} ${qualified(from)} RENAME TO ${escapeIdentifier(into)}`
  }
  return {
    kind,
    from: names.show(name),
    to: names.show(to),
    forward: sentence(old, now),
    backward: sentence(now, old),
  }
}
