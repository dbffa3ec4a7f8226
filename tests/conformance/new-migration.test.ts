import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { Decisions } from '../../runner/migrate/draft/decisions.ts'
import { draftMigration } from '../../runner/migrate/draft/draft-migration.ts'
import { proveDraft } from '../../runner/migrate/draft/prove-draft.ts'
import { type DraftServer, forDrafts } from '../../runner/migrate/draft/shadow-databases.ts'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import type { SchemaFile } from '../../runner/schema-engine/schema-files.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { migrationsOf } from './migrations-directory.ts'
import { BASE, SAME, SCHEMA_CHANGES } from './schema-changes.ts'

const history = migrationsOf({ '1_base': BASE })
const byName = SCHEMA_CHANGES.map(each => [each.what, each] as const)

/** Databases that drafting makes and a shadow takes with it when it ends. */
async function dropMade(adminUrl: string): Promise<void> {
  const made = await query<{ name: string }>(
    adminUrl,
    "SELECT datname AS name FROM pg_database WHERE datname ~ '^howdah_[0-9a-f]{8}-'",
  )
  for (const { name } of made) await execute(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
}

describe("what `migrate new` writes is what Prisma's engine writes", () => {
  let oracle: TestDatabase
  let replayed: TestDatabase
  let server: DraftServer

  beforeAll(async () => {
    oracle = await createDatabase()
    replayed = await createDatabase()
    await execute(replayed.url, 'SET search_path = public', BASE)
    await using engine = await openSchemaEngine({ url: oracle.url, schema: [...SAME] })
    await engine.applyMigrations(history)
    server = await forDrafts({ url: new Secret(replayed.url), adminUrl: new Secret(replayed.adminUrl) })
  })

  afterAll(async () => {
    await dropMade(replayed.adminUrl)
    await replayed?.[Symbol.asyncDispose]()
    await oracle?.[Symbol.asyncDispose]()
  })

  const draft = (files: readonly SchemaFile[]) =>
    draftMigration(server, {
      scripts: [{ path: '1_base/migration.sql', text: BASE, byPrisma: true }],
      files,
      schema: 'public',
      decisions: new Decisions([], []),
      ask: undefined,
      runtime: quietRuntime(),
    })

  test('nothing where the schema says what the history says', async () => {
    expect((await draft(SAME)).script).toBe('')
  })

  test.each(byName)(
    '%s; run, it leads there, and down.sql leads back',
    async (_, { files, downProblems }) => {
      await using engine = await openSchemaEngine({
        url: oracle.url,
        schema: files.map(file => ({ ...file })),
      })
      const theirs = await engine.createMigration(history, 'change')
      const ours = await draft(files)
      // Prisma's transaction around the change of an enum is the only thing we leave out.
      expect(ours.script).toBe(theirs?.replace('BEGIN;\n', '').replace('COMMIT;\n', ''))
      expect(ours.script).not.toBe('')
      expect(ours.kept).toEqual([])
      const { left, wayBack } = await proveDraft(server, ours, { files, schema: 'public' })
      expect(left).toBe('')
      expect(wayBack.problems).toEqual(downProblems ?? [])
    },
  )
})
