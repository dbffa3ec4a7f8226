import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { readMigrations } from './migrations-directory.ts'

const SCHEMA = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]

const HALF = 'CREATE TABLE b (id int);\nCREATE TABLE c (id int);\n'

/** A project whose second migration the engine began and did not finish, after so many statements. */
async function createStage(count: number) {
  await using made = new AsyncDisposableStack()
  const db = made.use(await createDatabase())
  const project = made.use(await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);\n' }))
  const folder = join(project.directory, 'prisma/app/migrations')
  {
    // Its session holds the run lock until it ends.
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    await engine.applyMigrations(await readMigrations(folder))
    // What is broken fails under the engine, which leaves the row as it leaves it.
    await project.write(inMigrations({ '2_half/migration.sql': `${HALF}SELECT 1/0;\n` }))
    await expect(engine.applyMigrations(await readMigrations(folder))).rejects.toThrow()
  }
  await execute(db.url, 'DROP TABLE IF EXISTS b, c', ...HALF.split('\n').slice(0, count))
  const run = async (verb: string) => {
    const result = await cli(['migrate', verb], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expect(result.exit, result.stdout + result.stderr).toBe(0)
  }
  const diagnose = async () => {
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    const { history, failedMigrationNames, editedMigrationNames } = await engine.diagnoseMigrationHistory(
      await readMigrations(folder),
    )
    return { history, failed: failedMigrationNames, edited: editedMigrationNames }
  }
  const all = made.move()
  return { db, project, run, diagnose, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const CLEAN = { history: null, failed: [], edited: [] }

test.each([1, 2])(
  "what Prisma's engine left failed after %i statements it finds clean after repair and deploy",
  async count => {
    await using stage = await createStage(count)
    expect(await stage.diagnose()).toMatchObject({ failed: ['2_half'] })
    await stage.run('repair')
    // A part of it is there: until deploy has completed it, it has to stop the engine.
    expect(await stage.diagnose()).toMatchObject({ failed: ['2_half'] })
    await stage.project.write(inMigrations({ '2_half/migration.sql': `${HALF}SELECT 1;\n` }))
    await stage.run('deploy')
    expect(await stage.diagnose()).toEqual(CLEAN)
  },
)

test('an edited file is edited to the engine before repair, and no longer afterwards', async () => {
  await using stage = await createStage(0)
  await stage.run('repair')
  await stage.project.write(inMigrations({ '2_half/migration.sql': HALF }))
  await stage.run('deploy')
  await stage.project.write(inMigrations({ '2_half/migration.sql': `-- a comment\r\n${HALF}` }))
  expect(await stage.diagnose()).toEqual({ ...CLEAN, edited: ['2_half'] })
  await stage.run('repair')
  expect(await stage.diagnose()).toEqual(CLEAN)
})
