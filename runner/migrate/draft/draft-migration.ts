import type { Runtime } from '../../core/runtime.ts'
import type { Secret } from '../../core/secret.ts'
import { openSchemaEngine } from '../../schema-engine/schema-engine.ts'
import type { SchemaFile } from '../../schema-engine/schema-files.ts'
import type { AskRename, Decisions } from './decisions.ts'
import { readEngineScript, type ScriptStatement, withoutTransactions } from './engine-script.ts'
import type { Kept } from './keep.ts'
import { findLosses, type Loss } from './losses.ts'
import { type ObjectNames, objectNames, readName } from './object-names.ts'
import { type OriginScript, type Origins, traceOrigins } from './origins.ts'
import { type Proposal, propose } from './propose.ts'
import { decideRenames, formerKey, type Rename } from './renames.ts'
import { readSchemaFacts, type SchemaFacts } from './schema-facts.ts'
import {
  connectTo,
  copyDatabase,
  type DraftServer,
  runStatements,
  shownToEngine,
} from './shadow-databases.ts'

export interface DraftOptions {
  /** The history's files, which tell who made what. */
  readonly scripts: readonly OriginScript[]
  readonly files: readonly SchemaFile[]
  /** The schema of the URL. */
  readonly schema: string
  readonly decisions: Decisions
  readonly ask: AskRename | undefined
  readonly runtime: Runtime
}

/** What leads from a history to schema.prisma. */
export interface Draft {
  /** The text of migration.sql; empty when there is nothing to do. */
  readonly script: string
  readonly statements: readonly ScriptStatement[]
  readonly renames: readonly Rename[]
  readonly kept: readonly Kept[]
  readonly losses: readonly Loss[]
  readonly origins: Origins
  readonly names: ObjectNames
  /** The history's database after the renames alone. */
  readonly renamed: Secret
  readonly facts: SchemaFacts
}

/**
 * Writes the script that leads from the history on `server` to the Prisma schema. Renames are made in a copy of the database,
 * so that the engine sees what is left to do after them: constraints and indexes that are named after a table, say.
 * @throws HowdahError schema-invalid, rename-undecided, rename-unknown, draft-does-not-run
 */
export async function draftMigration(server: DraftServer, options: DraftOptions): Promise<Draft> {
  const { scripts, files, schema, decisions, runtime } = options
  const names = objectNames(schema)
  const renames: Rename[] = []
  const former = new Map<string, string>()
  let renamed = server.url
  for (;;) {
    runtime.signal.throwIfAborted()
    const facts = await factsOf(renamed, schema)
    const moves = {
      path: 'renames',
      text: renames.map(({ forward }) => `${forward};`).join('\n'),
      byPrisma: true,
    }
    const origins = await traceOrigins([...scripts, moves], schema)
    const droppable = (shown: string) => decisions.drops(spellings(shown, schema))
    const rules = { names, origins, facts: [facts], droppable }
    const proposal = await askEngine(server, renamed, rules, { files, schema })
    const changes = proposal.statements.flatMap(statement => statement.changes)
    const found = await decideRenames(changes, { names, facts, decisions, former, ask: options.ask })
    if (found.length === 0) {
      const losses = findLosses(proposal.statements, names, facts)
      for (const { object } of losses) droppable(object.slice(object.indexOf(' ') + 1))
      decisions.requireAllUsed()
      return { ...(await assemble(proposal, renames)), renames, losses, origins, names, renamed, facts }
    }
    // Tables first: the columns' statements come in the next round, on the table's new name.
    const tables = found.filter(({ kind }) => kind !== 'column')
    const now = tables.length > 0 ? tables : found
    if (renames.length === 0) renamed = await copyDatabase(server, server.url)
    await using connection = await connectTo(renamed, schema)
    await runStatements(
      connection,
      now.map(({ forward }) => ({ text: forward })),
    )
    renames.push(...now)
    for (const { kind, from, to } of now) {
      const [table, old] = [readName(to) ?? [], readName(from) ?? []]
      if (kind === 'table')
        former.set(
          formerKey(table.length > 1 ? (table[0] ?? '') : schema, table.at(-1) ?? ''),
          old.at(-1) ?? '',
        )
    }
  }
}

type Rules = Parameters<typeof propose>[1]

/** A fresh engine for each question: it remembers the schema of a history by its migrations, which are always the same one. */
async function askEngine(
  server: DraftServer,
  database: Secret,
  rules: Rules,
  { files, schema }: Pick<DraftOptions, 'files' | 'schema'>,
): Promise<Proposal> {
  const url = server.engineUrl.reveal()
  const copied = files.map(file => ({ ...file }))
  return propose(
    async hidden => {
      await using engine = await openSchemaEngine({ url, schema: copied })
      const from = { tag: 'database', database: shownToEngine(database, schema, hidden) } as const
      const { script, empty } = await engine.compare(from, { tag: 'schema', files: copied })
      return empty ? '' : script
    },
    rules,
    async hidden => {
      await using engine = await openSchemaEngine({ url, schema: copied })
      return (await engine.draft(shownToEngine(database, schema, hidden), copied)) ?? ''
    },
  )
}

export async function factsOf(database: Secret, schema: string): Promise<SchemaFacts> {
  await using connection = await connectTo(database, schema)
  return await readSchemaFacts(connection)
}

function spellings(shown: string, schema: string): string[][] {
  const parts = readName(shown) ?? []
  return [parts, [schema, ...parts]]
}

/** The engine's script without its transactions, and the renames before it but behind its warnings. */
async function assemble(
  { script, statements, kept }: Proposal,
  renames: readonly Rename[],
): Promise<Pick<Draft, 'script' | 'statements' | 'kept'>> {
  const plain = withoutTransactions(script, statements)
  if (renames.length === 0 && plain === script) return { script, statements, kept }
  const warnings = plain.startsWith('/*') ? plain.indexOf('*/') + 3 : 0
  const moves = renames.map(({ kind, forward }) => `-- Rename${TITLES[kind]}\n${forward};\n\n`).join('')
  const whole = `${plain.slice(0, warnings)}${moves}${plain.slice(warnings)}`.trimEnd()
  const text = `${whole}\n`
  return { script: text, statements: await readEngineScript(text), kept }
}

const TITLES = { table: 'Table', column: 'Column', type: 'Enum' } as const
