import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, DatabaseError } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, MAJORS, type TestDatabase } from '../harness/postgres.ts'
import { readMigrations } from './migrations-directory.ts'
import { constraintCases } from './playground-constraints.ts'
import { documentIndexes, indexesPrismaSees } from './playground-indexes.ts'
import { sqlStatements } from './sql-statements.ts'

const playground = fileURLToPath(new URL('../../prisma/playground/', import.meta.url))
const directory = join(playground, 'migrations')

async function playgroundSchema() {
  return [{ path: 'schema.prisma', content: await readFile(join(playground, 'schema.prisma'), 'utf8') }]
}

// As an object a value appears in the test's title shortened.
const rows = (values: string[]) => values.map(value => ({ value }))

describe('the playground history', () => {
  test('leads to schema.prisma and back without a difference', async () => {
    await using database = await createDatabase()
    const schema = await playgroundSchema()
    await using engine = await openSchemaEngine({ url: database.url, schema })
    const history = { tag: 'migrations' as const, ...(await readMigrations(directory)) }
    const target = { tag: 'schemaDatamodel' as const, files: schema }

    expect(await engine.diff(history, target)).toMatchObject({ empty: true })
    expect(await engine.diff(target, history)).toMatchObject({ empty: true })
  })

  test('differs from a schema with one column more', async () => {
    await using database = await createDatabase()
    const schema = (await playgroundSchema()).map(({ path, content }) => ({
      path,
      content: content.replace('model User {', 'model User {\n  nickname String?'),
    }))
    await using engine = await openSchemaEngine({ url: database.url, schema })
    const history = { tag: 'migrations' as const, ...(await readMigrations(directory)) }

    const { empty, script } = await engine.diff(history, { tag: 'schemaDatamodel', files: schema })
    expect(empty).toBe(false)
    expect(script).toContain('ALTER TABLE "users" ADD COLUMN     "nickname" TEXT')
  })
})

describe.each(MAJORS)('the playground database, deployed by us on PostgreSQL %i', major => {
  let database: TestDatabase
  let client: Client

  beforeAll(async () => {
    database = await createDatabase({ major })
    const args = ['migrate', 'deploy', '--database', 'playground']
    const deployed = await cli(args, { env: { DATABASE_URL: database.url } })
    expect(deployed.exit, deployed.stderr).toBe(0)
    client = new Client({ connectionString: database.url })
    await client.connect()
  })

  afterAll(async () => {
    await client?.end()
    await database?.[Symbol.asyncDispose]()
  })

  /** The error of one insert, which never stays. */
  async function insertError(sql: string, value: string): Promise<unknown> {
    await client.query('BEGIN')
    try {
      await client.query(sql, [value])
      return undefined
    } catch (error) {
      return error
    } finally {
      await client.query('ROLLBACK')
    }
  }

  test('has the ten indexes of the document under their names, all valid', async () => {
    const { rows: found } = await client.query<{ name: string; definition: string; valid: boolean }>(
      `SELECT relname AS name, pg_get_indexdef(oid) AS definition, indisvalid AND indisready AS valid
         FROM pg_class JOIN pg_index ON indexrelid = oid
        WHERE relname LIKE 'idx\\_%' ORDER BY relname`,
    )
    const expected = Object.entries(documentIndexes).map(([name, on]) => ({
      name,
      definition: `CREATE INDEX ${name} ON ${on}`,
      valid: true,
    }))
    expect(found).toEqual(expected)
  })

  test('has the five CHECK constraints of the document, all validated', async () => {
    const { rows: found } = await client.query<{ conname: string; convalidated: boolean }>(
      `SELECT conname, convalidated FROM pg_constraint
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY conname`,
    )
    const names = constraintCases.map(({ constraint }) => constraint).sort()
    expect(found).toEqual(names.map(conname => ({ conname, convalidated: true })))
  })

  describe.each(constraintCases)('$constraint', ({ constraint, insert, refuses, accepts }) => {
    test.each(rows(refuses))('refuses $value', async ({ value }) => {
      const error = await insertError(insert, value)
      expect(error).toBeInstanceOf(DatabaseError)
      expect(error).toMatchObject({ code: '23514', constraint })
    })

    test.each(rows(accepts))('accepts $value', async ({ value }) => {
      expect(await insertError(insert, value)).toBeUndefined()
    })
  })

  test('differs from schema.prisma only by the extra SQL', async () => {
    const schema = await playgroundSchema()
    await using engine = await openSchemaEngine({ url: database.url, schema })
    const { schema: found, warnings } = await engine.introspect({ force: true })

    // What Prisma can describe but schema.prisma leaves to extra.sql ...
    const { script } = await engine.diff(
      { tag: 'schemaDatamodel', ...found },
      { tag: 'schemaDatamodel', files: schema },
    )
    expect(await sqlStatements(script)).toEqual(
      indexesPrismaSees.map(name => expect.stringContaining(`"${name}"`)),
    )
    for (const statement of await sqlStatements(script)) expect(statement).toMatch(/DROP INDEX "\w+"$/)

    // ... and what it cannot describe at all, of which it says so.
    const unseen = Object.keys(documentIndexes).filter(name => !indexesPrismaSees.includes(name))
    const named = [...(warnings ?? '').matchAll(/constraint: "(\w+)"/g)].map(([, name]) => name)
    expect(named.sort()).toEqual([...unseen, ...constraintCases.map(({ constraint }) => constraint)].sort())
  })

  test("has a history that Prisma's engine finds clean, with nothing left to apply", async () => {
    const migrations = await readMigrations(directory)
    await using engine = await openSchemaEngine({ url: database.url, schema: await playgroundSchema() })

    expect(await engine.diagnoseMigrationHistory(migrations)).toMatchObject({
      history: null,
      failedMigrationNames: [],
      editedMigrationNames: [],
      hasMigrationsTable: true,
    })
    expect(await engine.applyMigrations(migrations)).toEqual([])
  })

  test('is one that `prisma migrate dev` would reset, because it takes the extra indexes for drift', async () => {
    const migrations = await readMigrations(directory)
    await using engine = await openSchemaEngine({ url: database.url, schema: await playgroundSchema() })
    expect(await engine.devDiagnostic(migrations)).toMatchObject({ tag: 'reset' })
  })
})
