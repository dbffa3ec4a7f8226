import { openSchemaEngine } from '../../schema-engine/schema-engine.ts'
import { type Draft, type DraftOptions, factsOf } from './draft-migration.ts'
import type { Loss } from './losses.ts'
import { propose } from './propose.ts'
import type { SchemaFacts } from './schema-facts.ts'
import {
  connectTo,
  copyDatabase,
  type DraftServer,
  runStatements,
  shownToEngine,
} from './shadow-databases.ts'
import { deriveWayBack, type WayBack } from './way-back.ts'

export interface ProvenDraft {
  readonly wayBack: WayBack
  /** Indexes that go without a statement that drops them: a column of theirs does. */
  readonly vanished: readonly Loss[]
  /** What the engine would still do after the migration; empty when it led to the schema. */
  readonly left: string
}

/**
 * Runs a draft on a shadow, looks whether it led to the schema, and derives the way back from what it led to.
 * @throws HowdahError draft-does-not-run
 */
export async function proveDraft(
  server: DraftServer,
  draft: Draft,
  { files, schema }: Pick<DraftOptions, 'files' | 'schema'>,
): Promise<ProvenDraft> {
  const after = await copyDatabase(server, server.url)
  {
    await using connection = await connectTo(after, schema)
    await runStatements(connection, draft.statements)
  }
  const { names, origins } = draft
  const afterFacts = await factsOf(after, schema)
  const rules = { names, origins, facts: [afterFacts, draft.facts], droppable: () => false }
  const copied = files.map(file => ({ ...file }))
  const left = await propose(async hidden => {
    await using engine = await openSchemaEngine({ url: server.engineUrl.reveal(), schema: copied })
    const from = { tag: 'database', database: shownToEngine(after, schema, hidden) } as const
    const { empty, script } = await engine.compare(from, { tag: 'schema', files: copied })
    return empty ? '' : script
  }, rules)
  return {
    left: left.script,
    vanished: vanishedIndexes(draft, afterFacts),
    wayBack: await deriveWayBack(server, draft, { files, schema, after, afterFacts }),
  }
}

function vanishedIndexes({ facts, statements, names }: Draft, after: SchemaFacts): Loss[] {
  const changes = statements.flatMap(statement => statement.changes)
  const said = new Set(
    changes.flatMap(change => {
      if (change.kind === 'drop-index' || change.kind === 'rename-index')
        return names.show(names.parts(change.index))
      if (change.kind === 'drop-constraint')
        return names.show([names.parts(change.table)[0], change.constraint])
      return change.kind === 'drop-table' ? names.show(names.parts(change.table)) : []
    }),
  )
  return facts.indexes.flatMap(({ oid, schema, name, table }) => {
    const shown = names.show([schema, name])
    if (
      after.indexes.some(each => each.oid === oid || (each.schema === schema && each.name === name)) ||
      said.has(shown) ||
      said.has(names.show([schema, table]))
    )
      return []
    return [{ object: `index ${shown}`, what: 'goes with a column it is on', data: false }]
  })
}
