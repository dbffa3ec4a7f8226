import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { type CatalogueObject, nameParts } from '../../postgres/catalogue/catalogue.ts'
import { compareCatalogues, type Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue, readSchemas } from '../../postgres/catalogue/read-catalogue.ts'
import { openSchemaEngine } from '../../schema-engine/schema-engine.ts'
import type { SchemaFile } from '../../schema-engine/schema-files.ts'
import type { ShadowServer } from '../verify/shadow.ts'
import { type Draft, type DraftOptions, factsOf } from './draft-migration.ts'
import { readEngineScript, withEnumPlaces, withoutSchema, withoutTransactions } from './engine-script.ts'
import { findLosses, type Loss } from './losses.ts'
import { propose } from './propose.ts'
import type { IndexFacts, SchemaFacts } from './schema-facts.ts'
import {
  connectTo,
  copyDatabase,
  type DraftServer,
  runStatements,
  shownToEngine,
} from './shadow-databases.ts'

/** What undoes a migration. */
export interface WayBack {
  readonly script: string
  readonly losses: readonly Loss[]
  /** Why it cannot be run as it is; empty when up and down led back to the catalogue before. */
  readonly problems: readonly string[]
}

export interface ProvenDraft {
  readonly wayBack: WayBack
  /** Indexes that go without a statement that drops them: a column of theirs does. */
  readonly vanished: readonly Loss[]
  /** What the engine would still do after the migration; empty when it led to the schema. */
  readonly left: string
}

/**
 * Runs a draft on a shadow, derives the way back from what it led to, and runs that too.
 * @throws HowdahError draft-does-not-run
 */
export async function proveDraft(
  server: DraftServer,
  draft: Draft,
  { files, schema }: Pick<DraftOptions, 'files' | 'schema'>,
): Promise<ProvenDraft> {
  const after = await copyDatabase(server, server.url)
  const engineUrl = server.engineUrl.reveal()
  const copied = files.map(file => ({ ...file }))
  {
    await using connection = await connectTo(after, schema)
    await runStatements(connection, draft.statements)
  }
  const { names, origins } = draft
  const afterFacts = await factsOf(after, schema)
  const rules = { names, origins, facts: [afterFacts, draft.facts], droppable: () => false }
  const left = await propose(async hidden => {
    await using engine = await openSchemaEngine({ url: engineUrl, schema: copied })
    const from = { tag: 'database', database: shownToEngine(after, schema, hidden) } as const
    const { empty, script } = await engine.compare(from, { tag: 'schema', files: copied })
    return empty ? '' : script
  }, rules)
  // From a database the engine writes GIN indexes with ASC, which Postgres refuses. Foreign keys need none of these.
  const redefined = ({ method }: IndexFacts) => method !== 'btree'
  const back = await propose(
    async hidden => {
      await using engine = await openSchemaEngine({ url: engineUrl, schema: copied })
      const [from, to] = [after, draft.renamed].map(
        url => ({ tag: 'database', database: shownToEngine(url, schema, hidden) }) as const,
      )
      if (!from || !to) return ''
      const { empty, script } = await engine.compare(from, to)
      return empty ? '' : script
    },
    { ...rules, redefined },
  )
  const labels = (facts: SchemaFacts, [schema, name]: readonly string[]) =>
    facts.enums.find(each => each.schema === schema && each.name === name)?.labels ?? []
  const placed = withEnumPlaces(back.script, back.statements, type => {
    const name = names.parts({ schema: type.at(-2), name: type.at(-1) ?? '' })
    return { wanted: labels(draft.facts, name), present: labels(afterFacts, name) }
  })
  const text = withoutTransactions(placed, await readEngineScript(placed)).trim()
  const inverse = draft.renames.toReversed().map(({ backward }) => `-- RenameBack\n${backward};`)
  const portable = async (sql: string) => (speaksOfSchemas(files) ? sql : withoutSchema(sql, schema))
  const script = [await portable(text), ...inverse].filter(Boolean).join('\n\n')
  const losses = findLosses(back.statements, names, afterFacts)
  const demanding = back.statements.flatMap(({ changes }) =>
    changes.flatMap(change =>
      change.kind === 'add-column' && change.needsValue
        ? [
            `column ${names.show([...names.parts(change.table), change.column])} comes back as required, and its rows have no value for it`,
          ]
        : [],
    ),
  )
  const { addition, problems } = await tryBack(server, after, schema, script, portable)
  const whole = [script, ...addition].filter(Boolean).join('\n\n')
  return {
    wayBack: { script: whole, losses, problems: [...demanding, ...problems] },
    left: left.script,
    vanished: vanishedIndexes(draft, afterFacts),
  }
}

function vanishedIndexes({ facts, statements, names }: Draft, after: SchemaFacts): Loss[] {
  const changes = statements.flatMap(statement => statement.changes)
  const said = new Set(
    changes.flatMap(change => {
      if (change.kind === 'drop-index') return names.show(names.parts(change.index))
      if (change.kind === 'drop-constraint')
        return names.show([names.parts(change.table)[0], change.constraint])
      return change.kind === 'drop-table' ? names.show(names.parts(change.table)) : []
    }),
  )
  return facts.indexes.flatMap(({ oid, schema, name, table }) => {
    const shown = names.show([schema, name])
    if (
      after.indexes.some(each => each.oid === oid) ||
      said.has(shown) ||
      said.has(names.show([schema, table]))
    )
      return []
    return [{ object: `index ${shown}`, what: 'goes with a column it is on', data: false }]
  })
}

/** Only a Prisma schema over several of Postgres' schemas says which one a model is in. */
const speaksOfSchemas = (files: readonly SchemaFile[]) =>
  files.some(({ content }) => /^\s*@@schema\(/m.test(content))

/** Runs the way back, puts back what the engine cannot say, and compares the catalogues before and after. */
async function tryBack(
  server: ShadowServer,
  after: Secret,
  schema: string,
  script: string,
  portable: (sql: string) => Promise<string>,
): Promise<{ readonly addition: readonly string[]; readonly problems: readonly string[] }> {
  await using connection = await connectTo(after, schema)
  await using before = await connectTo(server.url, schema)
  try {
    await runStatements(connection, await readEngineScript(script))
  } catch (error) {
    if (!(error instanceof HowdahError)) throw error
    const { statement, reason } = error.details
    return { addition: [], problems: [`${statement}: ${reason}`] }
  }
  const schemas = [
    ...new Set([...(await readSchemas(before, schema)), ...(await readSchemas(connection, schema))]),
  ]
  const expected = await readCatalogue(before, schemas)
  const compare = async () =>
    compareCatalogues(expected, await readCatalogue(connection, schemas)).differences
  const differences = await compare()
  const addition = await Promise.all(differences.flatMap(each => putBack(each) ?? []).map(portable))
  const added: string[] = []
  for (const statement of addition) {
    try {
      await connection.run(statement)
      added.push(`-- PutBack\n${statement};`)
    } catch (error) {
      if (error instanceof HowdahError) throw error
      return { addition: added, problems: [`${statement}: ${messageOf(error)}`] }
    }
  }
  const remaining = added.length > 0 ? await compare() : differences
  return { addition: added, problems: remaining.map(describe) }
}

/** What Prisma has no words for and its scripts therefore do not bring back, as the server defines it. */
function putBack({ kind, object, expected }: Difference): string | undefined {
  if (kind !== 'missing') return undefined
  const attributes = expected as CatalogueObject['attributes']
  const { definition } = attributes
  if (typeof definition !== 'string') return undefined
  if (/^(index|trigger|statistics|rule) /.test(object)) return definition.replace(/;\s*$/, '')
  if (!object.startsWith('constraint ')) return undefined
  const parts = nameParts(object.slice('constraint '.length))
  return `ALTER TABLE ${parts.slice(0, 2).join('.')} ADD CONSTRAINT ${parts.at(-1)} ${definition}`
}

function describe({ kind, object, attribute }: Difference): string {
  if (kind === 'missing') return `${object} does not come back`
  if (kind === 'extra') return `${object} stays`
  return `${object}: ${attribute} is not what it was`
}
