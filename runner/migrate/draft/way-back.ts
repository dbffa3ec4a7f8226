import { HowdahError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { openSchemaEngine } from '../../schema-engine/schema-engine.ts'
import { type SchemaFile, speaksOfSchemas } from '../../schema-engine/schema-files.ts'
import type { Draft } from './draft-migration.ts'
import { readEngineScript, withEnumPlaces, withoutSchema, withoutTransactions } from './engine-script.ts'
import { findLosses, type Loss } from './losses.ts'
import { type Proposal, propose } from './propose.ts'
import { tryBack } from './put-back.ts'
import { type ColumnFacts, type IndexFacts, type SchemaFacts, schemasOf } from './schema-facts.ts'
import { type DraftServer, shownToEngine } from './shadow-databases.ts'

/** What undoes a migration. */
export interface WayBack {
  readonly script: string
  readonly losses: readonly Loss[]
  /** Why it cannot be run as it is; empty when up and down led back to the catalogue before. */
  readonly problems: readonly string[]
}

export interface Arrival {
  readonly files: readonly SchemaFile[]
  readonly schema: string
  /** The database after the migration; the way back is run on it. */
  readonly after: Secret
  readonly afterFacts: SchemaFacts
}

/** Derives what leads from the schema after a migration to the one before, runs it, and compares the catalogues. */
export async function deriveWayBack(server: DraftServer, draft: Draft, arrival: Arrival): Promise<WayBack> {
  const { files, schema, after, afterFacts } = arrival
  let back: Proposal
  try {
    back = await askTheWayBack(server, draft, arrival)
  } catch (error) {
    // What the engine cannot say is no reason to go without the migration.
    if (!(error instanceof HowdahError) || error.code !== 'schema-engine-failed') throw error
    return { script: '', losses: [], problems: [error.message] }
  }
  const { names, facts: before, renames } = draft
  const placed = withEnumPlaces(back.script, back.statements, type => {
    const name = names.parts({ schema: type.at(-2), name: type.at(-1) ?? '' })
    return { wanted: labelsOf(before, name), present: labelsOf(afterFacts, name) }
  })
  const text = withoutTransactions(placed, await readEngineScript(placed)).trim()
  const inverse = renames.toReversed().map(({ backward }) => `-- RenameBack\n${backward};`)
  const portable = async (sql: string) => (speaksOfSchemas(files) ? sql : withoutSchema(sql, schema))
  const script = [await portable(text), ...inverse].filter(Boolean).join('\n\n')
  const { addition, problems } = await tryBack(server, after, schema, script, portable)
  return {
    script: [script, ...addition].filter(Boolean).join('\n\n'),
    losses: findLosses(back.statements, names, afterFacts),
    problems: [...demandedValues(back, draft), ...problems],
  }
}

async function askTheWayBack(
  server: DraftServer,
  { names, facts, renamed, ...draft }: Draft,
  { files, schema, after, afterFacts }: Arrival,
): Promise<Proposal> {
  // What the migration itself made is in no file yet, and yet no block of code made it.
  const origins = { ...draft.origins, madeUnseen: () => false }
  // From a database the engine writes GIN indexes with ASC, and generated columns with DEFAULT; Postgres refuses both.
  // No foreign key needs one of them, so they can come last.
  const redefined = (what: IndexFacts | ColumnFacts) =>
    'method' in what ? what.method !== 'btree' : what.generated
  const rules = { names, origins, facts: [afterFacts, facts], droppable: () => false, redefined }
  const namespaces = speaksOfSchemas(files) ? schemasOf(facts, afterFacts) : undefined
  return propose(async hidden => {
    const copied = files.map(file => ({ ...file }))
    await using engine = await openSchemaEngine({ url: server.engineUrl.reveal(), schema: copied })
    const { empty, script } = await engine.compare(
      { tag: 'database', database: shownToEngine(after, schema, hidden, namespaces) },
      { tag: 'database', database: shownToEngine(renamed, schema, hidden, namespaces) },
    )
    return empty ? '' : script
  }, rules)
}

/** The shadow has no rows, so a column that demands a value of each is found by reading. */
function demandedValues({ statements }: Proposal, { names }: Draft): string[] {
  return statements
    .flatMap(({ changes }) => changes)
    .flatMap(change => {
      if (change.kind !== 'add-column' || !change.needsValue) return []
      const column = names.show([...names.parts(change.table), change.column])
      return [`column ${column} comes back as required, and its rows have no value for it`]
    })
}

const labelsOf = ({ enums }: SchemaFacts, [schema, name]: readonly string[]) =>
  enums.find(each => each.schema === schema && each.name === name)?.labels ?? []
