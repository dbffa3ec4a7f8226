import { describe, expect, test } from 'vitest'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'
import { migrationsOf } from './migrations-directory.ts'

const SCHEMA = [
  {
    path: 'schema.prisma',
    content: 'datasource db {\n  provider = "postgresql"\n}\nmodel A {\n  id Int @id\n}\n',
  },
]

const SCRIPTS = {
  '1_init': 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));\n',
  '2_crlf': 'CREATE TABLE b (id int);\r\n-- é\r\n',
}

const MORE = { ...SCRIPTS, '3_more': 'CREATE TABLE more (id int);' }

const BROKEN = { ...SCRIPTS, '3_broken': 'INSERT INTO nowhere VALUES (1);' }

const deploy = (project: TestProject, db: TestDatabase) =>
  cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })

const projectOf = (scripts: Readonly<Record<string, string>>) =>
  createProject(
    Object.fromEntries(Object.entries(scripts).map(([name, sql]) => [`${name}/migration.sql`, sql])),
  )

/** The table as `\d` and its rows would show it, without what differs from run to run. */
async function historyOf(db: TestDatabase) {
  const columns = await query(
    db.url,
    `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  )
  const rows = await query(
    db.url,
    `SELECT migration_name, checksum, applied_steps_count, logs IS NULL AS no_logs, rolled_back_at IS NULL AS kept,
            finished_at >= started_at AS finished, id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AS uuid
       FROM _prisma_migrations ORDER BY started_at`,
  )
  const keys = await query(
    db.url,
    `SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conrelid = '_prisma_migrations'::regclass AND contype = 'p'`,
  )
  return { columns, rows, keys }
}

describe('the history table', () => {
  test("is the one Prisma's engine writes, column for column and row for row", async () => {
    await using ours = await createDatabase()
    await using theirs = await createDatabase()
    await using project = await projectOf(SCRIPTS)
    expect(await deploy(project, ours)).toMatchObject({ exit: 0 })
    await using engine = await openSchemaEngine({ url: theirs.url, schema: SCHEMA })
    expect(await engine.applyMigrations(migrationsOf(SCRIPTS))).toEqual(Object.keys(SCRIPTS))
    expect(await historyOf(ours)).toEqual(await historyOf(theirs))
  })

  test('that Prisma has written is continued by us, and ours by Prisma', async () => {
    await using db = await createDatabase()
    {
      // The engine keeps the advisory lock until its session ends, and we would wait for it.
      await using first = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      await first.applyMigrations(migrationsOf({ '1_init': SCRIPTS['1_init'] }))
    }
    await using project = await projectOf(SCRIPTS)
    expect(await deploy(project, db)).toMatchObject({ exit: 0, stdout: expect.stringContaining('2_crlf') })
    {
      await using second = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      expect(await second.diagnoseMigrationHistory(migrationsOf(SCRIPTS))).toMatchObject({
        history: null,
        failedMigrationNames: [],
        editedMigrationNames: [],
      })
      expect(await second.applyMigrations(migrationsOf(MORE))).toEqual(['3_more'])
    }
    await project.write(inMigrations({ '3_more/migration.sql': MORE['3_more'] }))
    expect(await deploy(project, db)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
  })

  test('shows Prisma a failure of ours as failed, and after the repair as clean', async () => {
    await using db = await createDatabase()
    await using project = await projectOf(BROKEN)
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    expect(await engine.diagnoseMigrationHistory(migrationsOf(BROKEN))).toMatchObject({
      failedMigrationNames: ['3_broken'],
    })
    const mended = { ...SCRIPTS, '3_broken': 'CREATE TABLE somewhere (id int);' }
    await project.write(inMigrations({ '3_broken/migration.sql': mended['3_broken'] }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await engine.diagnoseMigrationHistory(migrationsOf(mended))).toMatchObject({
      history: null,
      failedMigrationNames: [],
      editedMigrationNames: [],
    })
  })

  test("a failure under Prisma's engine is refused by us until it is resolved", async () => {
    await using db = await createDatabase()
    {
      await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      await expect(engine.applyMigrations(migrationsOf(BROKEN))).rejects.toThrow()
    }
    await using project = await projectOf(BROKEN)
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('migration-failed-earlier'),
    })
    {
      await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      await engine.markMigrationRolledBack('3_broken')
    }
    await project.write(inMigrations({ '3_broken/migration.sql': 'CREATE TABLE somewhere (id int);' }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })

  test('a checksum of ours is refused by nobody, and an edit is seen by both', async () => {
    await using db = await createDatabase()
    await using project = await projectOf(SCRIPTS)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const edited = { ...SCRIPTS, '1_init': `${SCRIPTS['1_init']}-- edited` }
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    expect(await engine.diagnoseMigrationHistory(migrationsOf(edited))).toMatchObject({
      editedMigrationNames: ['1_init'],
    })
    await project.write(inMigrations({ '1_init/migration.sql': edited['1_init'] }))
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('gate edited'),
    })
  })
})
