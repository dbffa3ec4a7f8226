import { HowdahError, messageOf } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { type CatalogueObject, nameParts } from '../../postgres/catalogue/catalogue.ts'
import { compareCatalogues, type Difference } from '../../postgres/catalogue/compare-catalogues.ts'
import { readCatalogue, readSchemas } from '../../postgres/catalogue/read-catalogue.ts'
import { readEngineScript } from './engine-script.ts'
import { connectTo, type DraftServer, runStatements } from './shadow-databases.ts'

/** Runs the way back, puts back what the engine cannot say, and compares the catalogues before and after. */
export async function tryBack(
  server: DraftServer,
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
  const addition: string[] = []
  // An index may be missing only because its column is, and shows once that is back.
  for (let round = 1; ; round++) {
    const differences = await compare()
    const missing = differences.flatMap(each => putBack(each) ?? [])
    if (missing.length === 0 || round > 3) return { addition, problems: differences.map(describe) }
    for (const statement of await Promise.all(missing.map(portable))) {
      try {
        await connection.run(statement)
        addition.push(`-- PutBack\n${statement};`)
      } catch (error) {
        if (error instanceof HowdahError) throw error
        return { addition, problems: [`${statement}: ${messageOf(error)}`] }
      }
    }
  }
}

/** What Prisma has no words for and its scripts therefore do not bring back, as the server defines it. */
function putBack({ kind, object, expected }: Difference): string | undefined {
  if (kind !== 'missing') return undefined
  const attributes = expected as CatalogueObject['attributes']
  const { definition, generated, type } = attributes
  if (object.startsWith('column ') && typeof generated === 'string') {
    const parts = nameParts(object.slice('column '.length))
    const [, expression, how] = /^(.*) (stored|virtual)$/s.exec(generated) ?? []
    return `ALTER TABLE ${parts.slice(0, 2).join('.')} ADD COLUMN ${parts.at(-1)} ${type} GENERATED ALWAYS AS (${expression}) ${how?.toUpperCase()}${attributes.nullable === false ? ' NOT NULL' : ''}`
  }
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
