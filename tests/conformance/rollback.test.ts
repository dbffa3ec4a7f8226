import { expect, test } from 'vitest'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, query, type TestDatabase } from '../harness/postgres.ts'
import { createTrusted } from '../harness/trusted-manifest.ts'
import { migrationsOf } from './migrations-directory.ts'

const SCHEMA = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]

/** Qualified: the tests' role is called as our ledger's schema is, and the engine makes things where the role's name leads. */
const SCRIPTS = {
  '1_init': 'CREATE TABLE public.a (id INTEGER NOT NULL, CONSTRAINT a_pkey PRIMARY KEY (id));\n',
  '2_table': 'CREATE TABLE public.b (id INTEGER NOT NULL);\n',
  '3_index': 'CREATE INDEX b_id ON public.b (id);\n',
}

const FILES = {
  ...Object.fromEntries(Object.entries(SCRIPTS).map(([name, text]) => [`${name}/migration.sql`, text])),
  '2_table/down.sql': 'DROP TABLE public.b;\n',
  // Statement by statement.
  '3_index/down.sql': 'DROP INDEX CONCURRENTLY public.b_id;\n',
}

const LIST = migrationsOf(SCRIPTS)

/** Prisma's rows in the order they were written, without what differs from run to run. */
const rows = (db: TestDatabase) =>
  query(
    db.url,
    `SELECT migration_name, checksum, applied_steps_count, logs, finished_at >= started_at AS finished,
            rolled_back_at >= finished_at AS rolled_back, id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AS uuid
       FROM _prisma_migrations ORDER BY started_at`,
  )

/** One engine a question: it keeps the advisory lock until its session ends. */
async function ask<T>(
  db: TestDatabase,
  question: (engine: Awaited<ReturnType<typeof openSchemaEngine>>) => Promise<T>,
): Promise<T> {
  await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
  return await question(engine)
}

test.each(['us', 'Prisma'])(
  "what we undo of a history written by %s is pending to Prisma's engine, which applies it again; then we undo it again",
  async writer => {
    await using db = await createDatabase()
    await using project = await createTrusted(FILES)
    const run = async (...args: string[]) => {
      const result = await cli(['migrate', ...args], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url },
      })
      expect(result.exit, result.stderr).toBe(0)
    }
    if (writer === 'us') await run('deploy')
    else await ask(db, engine => engine.applyMigrations(LIST))
    const applied = await rows(db)
    const undone = [applied[0], ...applied.slice(1).map(row => ({ ...row, rolled_back: true }))]
    for (const round of [1, 2]) {
      await run('rollback', '--to', '1_init', '--accept-data-loss')
      expect(await rows(db)).toEqual([
        ...undone,
        ...Array(round - 1)
          .fill(undone.slice(1))
          .flat(),
      ])
      expect(await ask(db, engine => engine.diagnoseMigrationHistory(LIST))).toMatchObject({
        history: { diagnostic: 'databaseIsBehind', unappliedMigrationNames: ['2_table', '3_index'] },
        failedMigrationNames: [],
        editedMigrationNames: [],
      })
      expect(await ask(db, engine => engine.applyMigrations(LIST))).toEqual(['2_table', '3_index'])
      expect(await ask(db, engine => engine.diagnoseMigrationHistory(LIST))).toMatchObject({ history: null })
      const status = await cli(['migrate', 'status'], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url },
      })
      expect(status, status.stdout).toMatchObject({ exit: 0 })
    }
    // To us and to the engine the live rows are those of a history that was never undone.
    const live = (await rows(db)).filter(row => !(row as { rolled_back: boolean | null }).rolled_back)
    expect(live).toEqual(applied)
  },
)
