import { expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'

const repeatables = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`prisma/app/repeatable/${name}`, text]))

const appliedFiles = async (project: TestProject, db: TestDatabase) => {
  const result = await deploy(project, db, '--json')
  expect(result.exit, result.stderr).toBe(0)
  const steps: { migration: string; file: string }[] = JSON.parse(result.stdout).steps
  return steps.filter(({ migration }) => migration === 'repeatable').map(({ file }) => file)
}

const VIEWS = {
  '10_names.sql': 'CREATE OR REPLACE VIEW names AS SELECT id, name FROM a;',
  '20_upper.sql': 'CREATE OR REPLACE VIEW upper_names AS SELECT id, upper(name) AS name FROM names;',
  '30_total.sql':
    'CREATE OR REPLACE FUNCTION total() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM a; $$;',
}

test.each(MAJORS)(
  'repeatables are applied in the order of their names, and again when their text changes, on Postgres %i',
  async major => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await project.write(repeatables(VIEWS))
    await using db = await createDatabase({ major })
    expect(await appliedFiles(project, db)).toEqual(Object.keys(VIEWS))
    expect(await deploy(project, db)).toMatchObject({ stdout: expect.stringContaining('Nothing to do') })
    await project.write(
      repeatables({ '30_total.sql': VIEWS['30_total.sql'].replace('count(*)', 'count(*) + 100') }),
    )
    expect(JSON.parse((await status(project, db)).stdout)).toMatchObject({
      ok: false,
      pendingRepeatables: ['30_total.sql'],
    })
    expect(await appliedFiles(project, db)).toEqual(['30_total.sql'])
    expect(await query(db.url, 'SELECT total()::int')).toEqual([{ total: 101 }])
  },
)

test('a view that others use is changed by recreating them all in one transaction', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await project.write(repeatables(VIEWS))
  await using db = await createDatabase()
  await appliedFiles(project, db)
  await project.write(
    repeatables({ '10_names.sql': "CREATE OR REPLACE VIEW names AS SELECT name, 'x' AS extra, id FROM a;" }),
  )
  expect(await appliedFiles(project, db)).toEqual(Object.keys(VIEWS))
  expect(await query(db.url, 'SELECT * FROM upper_names')).toEqual([{ id: 1, name: 'X;Y' }])
})

test('a view that something outside the folder uses is left as it was, with the server naming what uses it', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await project.write(repeatables(VIEWS))
  await using db = await createDatabase()
  await appliedFiles(project, db)
  await execute(db.url, 'CREATE VIEW somebody_elses AS SELECT * FROM names')
  await project.write(repeatables({ '10_names.sql': 'CREATE OR REPLACE VIEW names AS SELECT name FROM a;' }))
  const refused = await deploy(project, db)
  expect(refused.exit).toBe(4)
  expect(refused.stderr).toContain('somebody_elses')
  expect(await query(db.url, 'SELECT * FROM names')).toEqual([{ id: 1, name: 'x;y' }])
})

test('a failing file takes all repeatables of the run back, and says where it failed', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await project.write(
    repeatables({ ...VIEWS, '40_bad.sql': '-- a comment\nCREATE VIEW bad AS SELECT nothing FROM a;' }),
  )
  await using db = await createDatabase()
  const failed = await deploy(project, db, '--json')
  expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('repeatable/40_bad.sql:2:27') })
  expect(JSON.parse(failed.stdout).steps.at(-1)).toMatchObject({ file: '40_bad.sql', state: 'failed' })
  expect(await query(db.url, "SELECT to_regclass('names') AS names")).toEqual([{ names: null }])
})

test('what refuses a transaction is refused before anything runs', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await project.write(repeatables({ 'index.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);' }))
  await using db = await createDatabase()
  const result = await cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
  expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('statement-unsupported') })
  expect(await query(db.url, "SELECT to_regclass('a') AS a")).toEqual([{ a: null }])
})
