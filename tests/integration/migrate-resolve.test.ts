import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, exists, history, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const resolve = (project: TestProject, db: TestDatabase, ...args: readonly string[]) =>
  cli(['migrate', 'resolve', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

/** Statement by statement, since of a file with a concurrent build no transaction can be made: the first one stays. */
const HALF = 'CREATE TABLE half (id int);\nCREATE INDEX CONCURRENTLY half_id ON half (id);\nSELECT 1/0;\n'

const FAILED = { '1_init/migration.sql': INIT, '2_half/migration.sql': HALF }

describe('resolve --rolled-back', () => {
  test('makes deploy run the whole file again, not only what the failed attempt had left undone', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FAILED)
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    expect(await exists(db, 'half')).toBe(true)
    await execute(db.url, 'DROP TABLE half')
    const result = await resolve(project, db, '--rolled-back', '2_half')
    expect(result, result.stderr).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Marked 2_half as rolled back'),
    })
    await project.write(inMigrations({ '2_half/migration.sql': HALF.replace('1/0', '1') }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await exists(db, 'half')).toBe(true)
    expect(await history(db)).toMatchObject([
      { migration_name: '1_init', finished: true },
      { migration_name: '2_half', finished: false, rolled_back: true },
      { migration_name: '2_half', finished: true, rolled_back: false },
    ])
  })

  test("catches up when Prisma's own resolve closed the row and our ledger knows nothing of it", async () => {
    await using db = await createDatabase()
    await using project = await createProject(FAILED)
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    await execute(db.url, 'DROP TABLE half')
    await execute(db.url, 'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL')
    expect(await resolve(project, db, '--rolled-back', '2_half')).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '2_half/migration.sql': HALF.replace('1/0', '1') }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await exists(db, 'half')).toBe(true)
  })

  test('leaves alone what was retried and succeeded', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FAILED)
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    await project.write(inMigrations({ '2_half/migration.sql': HALF.replace('1/0', '1') }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const before = await query(db.url, 'SELECT * FROM howdah.step ORDER BY id')
    expect(await resolve(project, db, '--rolled-back', '2_half')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
    expect(await query(db.url, 'SELECT * FROM howdah.step ORDER BY id')).toEqual(before)
  })
})

describe('resolve --applied', () => {
  test('ends a failed migration as it is, and deploy goes on with its extra SQL', async () => {
    await using db = await createDatabase()
    await using project = await createProject({
      ...FAILED,
      '2_half/extra.sql': 'CREATE TABLE extra (id int);',
    })
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    const result = await resolve(project, db, '--applied', '2_half', '--json')
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: true, as: 'applied', closed: 1, added: true })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await exists(db, 'extra')).toBe(true)
    expect(await query(db.url, `SELECT outcome FROM howdah.run WHERE verb = 'migrate resolve'`)).toEqual([
      { outcome: 'done' },
    ])
  })

  test('makes the history where there is none, as Prisma does', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FAILED)
    await execute(db.url, 'CREATE TABLE a (id int)')
    expect(await resolve(project, db, '--applied', '1_init')).toMatchObject({ exit: 0 })
    expect(await history(db)).toMatchObject([
      { migration_name: '1_init', finished: true, logs: '', applied_steps_count: 0 },
    ])
  })
})

describe('resolve', () => {
  test.each([
    [['--applied', '1_init'], 'migration-already-applied'],
    [['--applied', 'nowhere'], 'migration-unknown'],
    [['--rolled-back', '1_init'], 'migration-succeeded'],
    [['--rolled-back', 'nowhere'], 'migration-never-started'],
  ])('%j is refused with %s', async (args, code) => {
    await using db = await createDatabase()
    await using project = await createProject({ '1_init/migration.sql': INIT })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    for (const dryRun of [[], ['--dry-run']]) {
      const result = await resolve(project, db, ...args, ...dryRun)
      expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining(`error[${code}]`) })
    }
  })

  test('wants to be told one thing', async () => {
    await using project = await createProject(FAILED)
    for (const args of [[], ['--applied', 'a', '--rolled-back', 'b']]) {
      const result = await cli(['migrate', 'resolve', ...args], { cwd: project.directory })
      expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining('usage-invalid') })
    }
  })

  test('--dry-run changes nothing', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FAILED)
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    const before = await history(db)
    const result = await resolve(project, db, '--applied', '2_half', '--dry-run')
    expect(result).toMatchObject({ exit: 0, stdout: expect.stringContaining('Would mark 2_half as applied') })
    expect(await history(db)).toEqual(before)
  })
})

describe('a failed migration whose folder is gone', () => {
  test('stops deploy as it stops Prisma, until it is resolved', async () => {
    await using db = await createDatabase()
    await using project = await createProject({ '2_more/migration.sql': 'CREATE TABLE more (id int);' })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(
      db.url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('gone', 'x', '1_gone')`,
    )
    const refused = await deploy(project, db)
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('migration-failed-earlier') })
    expect(refused.stderr).toContain('howdah migrate resolve --rolled-back 1_gone')
    expect(await resolve(project, db, '--rolled-back', '1_gone')).toMatchObject({ exit: 0 })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})
