import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, exists, history } from '../harness/migrations.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'

const FILES = {
  '1_init/migration.sql': 'CREATE TABLE a (id int);\n',
  '1_init/extra.sql':
    'CREATE INDEX CONCURRENTLY a_id ON a (id);\nALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);\n',
  '2_more/migration.sql': 'CREATE TABLE b (id int);\n',
  '3_most/migration.sql': 'CREATE TABLE c (id int);\n',
}

const baseline = (project: TestProject, db: TestDatabase, ...args: readonly string[]) =>
  cli(['migrate', 'baseline', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

describe('baseline', () => {
  test('marks what is there, and deploy applies the rest and the extra SQL', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    await execute(db.url, 'CREATE TABLE a (id int)', 'CREATE TABLE b (id int)')
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('howdah migrate baseline'),
    })
    const result = await baseline(project, db, '--to', '2_more')
    expect(result.exit, result.stderr).toBe(0)
    expect(result.stdout).toBe(
      '✔ 1_init\n✔ 2_more\nMarked 2 migrations as applied.\nThe next deploy runs the extra.sql of 1_init.\n',
    )
    expect(await history(db)).toMatchObject([
      { migration_name: '1_init', finished: true, logs: '', applied_steps_count: 0 },
      { migration_name: '2_more', finished: true, logs: '', applied_steps_count: 0 },
    ])
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect([await exists(db, 'c'), await exists(db, 'a_id')]).toEqual([true, true])
  })

  test('with --with-extra-sql records the extra SQL as well, and deploy has nothing to do', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    await execute(db.url, 'CREATE TABLE a (id int)')
    const result = await baseline(project, db, '--with-extra-sql', '--json')
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: true,
      marked: ['1_init', '2_more', '3_most'],
      extraStatements: 2,
      extraLeft: [],
    })
    const deployed = await deploy(project, db)
    expect(deployed).toMatchObject({ exit: 0, stdout: expect.stringContaining('Nothing to do') })
    expect(await exists(db, 'a_id')).toBe(false)
    expect(await query(db.url, 'SELECT verb, outcome FROM howdah.run')).toEqual([
      { verb: 'migrate baseline', outcome: 'done' },
    ])
  })

  test('--dry-run marks nothing', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    await execute(db.url, 'CREATE TABLE a (id int)')
    const result = await baseline(project, db, '--dry-run')
    expect(result).toMatchObject({ exit: 0, stdout: expect.stringContaining('Would mark 3 migrations') })
    expect(await exists(db, '_prisma_migrations')).toBe(false)
    expect(await query(db.url, `SELECT FROM pg_namespace WHERE nspname = 'howdah'`)).toEqual([])
  })

  test('is refused where a history exists, where no table does, and for a name there is not', async () => {
    await using project = await createProject(FILES)
    {
      await using empty = await createDatabase()
      const result = await baseline(project, empty)
      expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('it has no tables') })
    }
    await using db = await createDatabase()
    await execute(db.url, 'CREATE TABLE a (id int)')
    const unknown = await baseline(project, db, '--to', 'nowhere')
    expect(unknown).toMatchObject({ exit: 3, stderr: expect.stringContaining('migration-unknown') })
    expect(await baseline(project, db, '--to', '1_init')).toMatchObject({ exit: 0 })
    const again = await baseline(project, db)
    expect(again).toMatchObject({ exit: 3, stderr: expect.stringContaining('it has a migration history') })
  })

  test('marks all or nothing', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    await execute(db.url, 'CREATE TABLE a (id int)')
    expect(await baseline(project, db)).toMatchObject({ exit: 0 })
    await execute(
      db.url,
      'TRUNCATE _prisma_migrations',
      `ALTER TABLE _prisma_migrations ADD CHECK (migration_name <> '2_more')`,
    )
    expect(await baseline(project, db)).toMatchObject({ exit: 4 })
    expect(await history(db)).toEqual([])
    expect(await query(db.url, 'SELECT FROM howdah.run')).toHaveLength(1)
  })
})
