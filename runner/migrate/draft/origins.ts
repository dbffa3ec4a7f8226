import type { DatabaseFolder } from '../../config/database-folder.ts'
import type { RelationName } from '../../sql/classify.ts'
import { parseScript } from '../../sql/parse.ts'
import { type SchemaChange, schemaChanges } from '../../sql/schema-change.ts'
import { readMigrationFiles } from '../history/migration-files.ts'
import { readRepeatableFiles } from '../plan/repeatable-files.ts'

/** A file of a history in the order it runs. */
export interface OriginScript {
  /** `20240101000000_init/extra.sql` */
  readonly path: string
  readonly text: string
  /** Prisma knows of `migration.sql`, and of nothing else. */
  readonly byPrisma: boolean
}

/** `index`, `table` and `type` take schema and name; `column`, `default` and `constraint` schema, table and name. */
export type OriginKind = 'table' | 'column' | 'default' | 'index' | 'constraint' | 'type'

/** Who made what. */
export interface Origins {
  /** The file beside Prisma's own that made an object; `undefined` for Prisma's and for what nobody is seen to make. */
  readonly madeBeside: (kind: OriginKind, ...name: readonly string[]) => string | undefined
  /** Whether no statement that can be read made the object, and one that cannot may have: a DO block. */
  readonly madeUnseen: (kind: OriginKind, ...name: readonly string[]) => boolean
}

/** The files of a history in the order they run: repeatables come last. */
export async function originScripts(folder: DatabaseFolder): Promise<OriginScript[]> {
  const migrations = (await readMigrationFiles(folder.migrations)).flatMap(({ name, script, extra }) => [
    { path: `${name}/migration.sql`, text: script ?? '', byPrisma: true },
    { path: `${name}/extra.sql`, text: extra, byPrisma: false },
  ])
  const repeatables = [...(await readRepeatableFiles(folder))].map(([name, text]) => ({
    path: `repeatable/${name}`,
    text,
    byPrisma: false,
  }))
  return [...migrations, ...repeatables]
}

/**
 * Follows every object through a history: made, renamed, moved, dropped. Scripts are read, not run, so what a DO block does
 * is not seen.
 * @param schema where names without a schema lie
 */
export async function traceOrigins(scripts: readonly OriginScript[], schema: string): Promise<Origins> {
  const trace = new Trace(schema)
  for (const { path, text, byPrisma } of scripts) {
    const parsed = await parseScript(text)
    if (!parsed.ok) continue
    const where = byPrisma ? undefined : path
    for (const { node } of parsed.statements)
      for (const change of schemaChanges(node)) trace.follow(change, where)
  }
  return {
    madeBeside: (kind, ...name) => trace.made.get(keyOf([kind, ...name])) ?? undefined,
    madeUnseen: (kind, ...name) => trace.code && !trace.made.has(keyOf([kind, ...name])),
  }
}

const keyOf = (parts: readonly string[]) => JSON.stringify(parts)

class Trace {
  /** By kind and name: the file, `null` for a file of Prisma's. */
  readonly made = new Map<string, string | null>()
  code = false
  readonly #schema: string

  constructor(schema: string) {
    this.#schema = schema
  }

  follow(change: SchemaChange, where: string | undefined): void {
    const make = (kind: OriginKind, name: readonly string[], ifAbsent = false) => {
      const key = keyOf([kind, ...name])
      if (!(ifAbsent && this.made.has(key))) this.made.set(key, where ?? null)
    }
    const of = ({ schema, name }: RelationName) => [schema ?? this.#schema, name]
    switch (change.kind) {
      case 'create-table':
        make('table', of(change.table), change.ifAbsent)
        for (const { name } of change.columns) make('column', [...of(change.table), name], true)
        break
      case 'add-column':
        make('column', [...of(change.table), change.column], change.ifAbsent)
        break
      case 'set-default':
        make('default', [...of(change.table), change.column])
        break
      case 'add-constraint':
        make('constraint', [...of(change.table), change.constraint])
        // A unique constraint has an index of its name, and that is what Prisma sees.
        make('index', [of(change.table)[0] ?? '', change.constraint])
        break
      case 'create-index':
        make('index', [of(change.table)[0] ?? '', change.index], change.ifAbsent)
        break
      case 'create-type':
        make('type', of(change.type))
        break
      case 'drop-table':
        this.#forget(['table', ...of(change.table)])
        for (const kind of PARTS) this.#forget([kind, ...of(change.table)])
        break
      case 'drop-column':
        for (const kind of ['column', 'default']) this.#forget([kind, ...of(change.table), change.column])
        break
      case 'drop-default':
        this.#forget(['default', ...of(change.table), change.column])
        break
      case 'drop-constraint':
        this.#forget(['constraint', ...of(change.table), change.constraint])
        this.#forget(['index', of(change.table)[0] ?? '', change.constraint])
        break
      case 'drop-index':
        this.#forget(['index', ...of(change.index)])
        break
      case 'drop-type':
        this.#forget(['type', ...of(change.type)])
        break
      case 'rename-table':
        this.#renameTable(of(change.table), [of(change.table)[0] ?? '', change.to])
        break
      case 'rename-column':
        for (const kind of ['column', 'default'])
          this.#move([kind, ...of(change.table), change.column], [kind, ...of(change.table), change.to])
        break
      case 'rename-constraint':
        this.#move(
          ['constraint', ...of(change.table), change.constraint],
          ['constraint', ...of(change.table), change.to],
        )
        this.#moveIndex(of(change.table)[0] ?? '', change.constraint, change.to)
        break
      case 'rename-index':
        this.#moveIndex(of(change.index)[0] ?? '', change.index.name, change.to)
        break
      case 'rename-type':
        this.#move(['type', ...of(change.type)], ['type', of(change.type)[0] ?? '', change.to])
        break
      case 'move':
        if (change.what === 'type')
          this.#move(['type', ...of(change.name)], ['type', change.schema, change.name.name])
        else this.#renameTable(of(change.name), [change.schema, change.name.name])
        break
      case 'code':
        this.code = true
        break
      default:
        break
    }
  }

  #renameTable(from: readonly string[], to: readonly string[]): void {
    this.#move(['table', ...from], ['table', ...to])
    for (const kind of PARTS) this.#move([kind, ...from], [kind, ...to])
  }

  #moveIndex(schema: string, from: string, to: string): void {
    this.#move(['index', schema, from], ['index', schema, to])
  }

  /** Everything whose key begins so. */
  #below(prefix: readonly string[]): [key: string, parts: string[]][] {
    return [...this.made.keys()].flatMap(key => {
      const parts = JSON.parse(key) as string[]
      return prefix.every((part, index) => parts[index] === part) ? [[key, parts] as [string, string[]]] : []
    })
  }

  #forget(prefix: readonly string[]): void {
    for (const [key] of this.#below(prefix)) this.made.delete(key)
  }

  #move(from: readonly string[], to: readonly string[]): void {
    for (const [key, parts] of this.#below(from)) {
      const value = this.made.get(key) ?? null
      this.made.delete(key)
      this.made.set(keyOf([...to, ...parts.slice(from.length)]), value)
    }
  }
}

const PARTS = ['column', 'default', 'constraint'] as const
