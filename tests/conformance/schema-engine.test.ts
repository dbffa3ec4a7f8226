import { expect, test } from 'vitest'
import { EngineAdapterFactory, shadowDatabasePrefix } from '../../runner/schema-engine/engine-adapter.ts'
import { openSchemaEngine, SchemaEngineError } from '../../runner/schema-engine/schema-engine.ts'
import { createDatabase, query } from '../harness/postgres.ts'
import { migrationsOf } from './migrations-directory.ts'

const schema = [
  {
    path: 'schema.prisma',
    content: 'datasource db {\n  provider = "postgresql"\n}\nmodel a {\n  id Int @id\n}\n',
  },
]
const createA = 'CREATE TABLE "a" ("id" INTEGER NOT NULL, CONSTRAINT "a_pkey" PRIMARY KEY ("id"));'

async function shadowDatabases(url: string): Promise<string[]> {
  const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)'
  const rows = await query<{ datname: string }>(url, sql, [shadowDatabasePrefix(url)])
  return rows.map(({ datname }) => datname)
}

test('the oracle applies a history once and then finds nothing to do', async () => {
  await using database = await createDatabase()
  await using engine = await openSchemaEngine({ url: database.url, schema })
  const history = migrationsOf({ '1_a': createA })

  expect(await engine.diagnoseMigrationHistory(history)).toMatchObject({
    hasMigrationsTable: false,
    history: { diagnostic: 'databaseIsBehind', unappliedMigrationNames: ['1_a'] },
  })
  expect(await engine.applyMigrations(history)).toEqual(['1_a'])
  expect(await engine.applyMigrations(history)).toEqual([])
  expect(await engine.diagnoseMigrationHistory(history, { shadow: true })).toMatchObject({ history: null })
  expect(await engine.createMigration(history, 'nothing')).toBeNull()
})

test('the oracle refuses with the codes of Prisma and recovers as `migrate resolve` does', async () => {
  await using database = await createDatabase()
  await using engine = await openSchemaEngine({ url: database.url, schema })
  const broken = migrationsOf({ '1_a': 'SELECT 1/0;' })

  await expect(engine.applyMigrations(broken)).rejects.toThrow('division by zero')
  await expect(engine.applyMigrations(broken)).rejects.toMatchObject({ code: 'P3009' })
  await expect(engine.markMigrationRolledBack('2_b')).rejects.toMatchObject({ code: 'P3011' })
  await expect(engine.markMigrationApplied(broken, '2_b')).rejects.toMatchObject({ code: 'P3017' })

  await engine.markMigrationRolledBack('1_a')
  const mended = migrationsOf({ '1_a': createA, '2_b': 'SELECT 1;' })
  expect(await engine.applyMigrations(mended)).toEqual(['1_a', '2_b'])
  await expect(engine.markMigrationRolledBack('2_b')).rejects.toMatchObject({ code: 'P3012' })
  // A migration that failed once and succeeded later is not refused: nothing happens.
  await engine.markMigrationRolledBack('1_a')
  expect(await engine.diagnoseMigrationHistory(mended)).toMatchObject({
    history: null,
    failedMigrationNames: [],
  })
})

test('the oracle leaves no shadow database behind, not even after a history that fails to replay', async () => {
  await using database = await createDatabase()
  {
    await using engine = await openSchemaEngine({ url: database.url, schema })
    const broken = { tag: 'migrations' as const, ...migrationsOf({ '1_a': 'SELECT 1/0;' }) }
    const target = { tag: 'schemaDatamodel' as const, files: schema }
    await expect(engine.diff(broken, target)).rejects.toBeInstanceOf(SchemaEngineError)
    await engine.diff({ ...broken, ...migrationsOf({ '1_a': createA }) }, target)
  }
  expect(await shadowDatabases(database.url)).toEqual([])
})

test('the oracle refuses a schema that does not parse, once it needs it', async () => {
  await using database = await createDatabase()
  const nonsense = [{ path: 'schema.prisma', content: 'model {' }]
  await using engine = await openSchemaEngine({ url: database.url, schema: nonsense })
  const target = { tag: 'schemaDatamodel' as const, files: nonsense }
  await expect(engine.diff({ tag: 'empty' }, target)).rejects.toMatchObject({ code: 'P1012' })
})

test('a database that is only shown to the engine refuses every change', async () => {
  await using database = await createDatabase()
  const shown = { config: { connectionString: database.url }, schema: 'a "b"\\ c', readOnly: true }
  await using connections = new EngineAdapterFactory(shown)
  const adapter = await connections.connect()
  const write = { sql: 'CREATE TABLE public.a ()', args: [], argTypes: [] }
  await expect(adapter.executeRaw(write)).rejects.toThrow('in a read-only transaction')
  const path = await adapter.queryRaw({ sql: 'SHOW search_path', args: [], argTypes: [] })
  expect(path.rows).toEqual([['"a ""b""\\ c"']])
  await expect(connections.connectToShadowDb()).rejects.toThrow('only read')
})
