import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, exists, history, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

describe.each(MAJORS)('on Postgres %i', major => {
  test('the Playground database is deployed once, and a second deploy has nothing to do', async () => {
    await using db = await createDatabase({ major })
    const env = { DATABASE_URL: db.url }
    const first = await cli(['migrate', 'deploy', '--database', 'playground', '--json'], { env })
    expect(first.exit, first.stderr).toBe(0)
    const { steps } = JSON.parse(first.stdout)
    expect(steps.every((step: { state: string }) => step.state === 'applied')).toBe(true)
    const second = await cli(['migrate', 'deploy', '--database', 'playground'], { env })
    expect(second.stdout).toContain('Nothing to do')
    const after = await cli(['migrate', 'status', '--database', 'playground'], { env })
    expect(after).toMatchObject({ exit: 0, stdout: expect.stringContaining('Up to date.') })
  })

  test('a failing file leaves nothing behind, and says where it failed; mended, it is applied', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '2_bad/migration.sql':
        "CREATE TABLE b (id int);\n-- é\nINSERT INTO a VALUES (2, 'ok');\nINSERT INTO nowhere VALUES (1);\n",
      '3_later/migration.sql': 'CREATE TABLE c (id int);',
    })
    await using db = await createDatabase({ major })
    const failed = await deploy(project, db, '--json')
    expect(failed.exit).toBe(4)
    expect(failed.stderr).toContain(
      'error[migration-failed] 2_bad/migration.sql:4:13: relation "nowhere" does not exist',
    )
    expect(failed.stderr).toContain('42P01')
    expect(failed.stderr).toMatch(/4 \| INSERT INTO nowhere VALUES \(1\);\n +\| {13}\^/)
    const report = JSON.parse(failed.stdout)
    expect(report.steps.map((step: { state: string }) => step.state)).toEqual([
      'applied',
      'failed',
      'not-run',
    ])
    expect(await exists(db, 'b')).toBe(false)
    expect(await query(db.url, 'SELECT id FROM a')).toEqual([{ id: 1 }])
    expect((await history(db)).at(-1)).toMatchObject({
      migration_name: '2_bad',
      finished: false,
      rolled_back: false,
    })
    expect((await history(db)).at(-1)?.logs).toContain('nowhere')
    expect(
      JSON.parse((await status(project, db)).stdout).migrations.map((row: { state: string }) => row.state),
    ).toEqual(['applied', 'recoverable', 'pending'])

    await project.write(inMigrations({ '2_bad/migration.sql': 'CREATE TABLE b (id int);' }))
    const mended = await deploy(project, db)
    expect(mended.exit, mended.stderr).toBe(0)
    expect(
      (await history(db)).map(({ migration_name, finished, rolled_back }) => [
        migration_name,
        finished,
        rolled_back,
      ]),
    ).toEqual([
      ['1_init', true, false],
      ['2_bad', false, true],
      ['2_bad', true, false],
      ['3_later', true, false],
    ])
  })

  test('a file that cannot be one transaction goes statement by statement, and goes on where it failed', async () => {
    const before =
      'CREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);\n'
    await using project = await createProject({
      '1_mixed/migration.sql': `${before}CREATE TABLE after_it (id int);`,
    })
    await using db = await createDatabase({ major })
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('23505') })
    expect(failed.stderr).toContain('have taken effect and are recorded')
    // The unique build failed over the duplicates, and its INVALID index is gone.
    expect(await exists(db, 't_id')).toBe(false)
    await execute(db.url, 'DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)')
    const mended = await deploy(project, db)
    expect(mended.exit, mended.stderr).toBe(0)
    expect(await query(db.url, 'SELECT id FROM t')).toEqual([{ id: 1 }])
    expect(await exists(db, 't_id')).toBe(true)
    expect(await exists(db, 'after_it')).toBe(true)
  })
})

describe('transactions', () => {
  test('an enum value that is used in the same file is committed before its use', async () => {
    await using project = await createProject({
      '1_enum/migration.sql': "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE p (m mood);",
      '2_use/migration.sql': "ALTER TYPE mood ADD VALUE 'great';\nINSERT INTO p VALUES ('great');",
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await query(db.url, 'SELECT m FROM p')).toEqual([{ m: 'great' }])
  })

  test('a setting or role that a file leaves behind does not reach the next one, nor our own record', async () => {
    await using project = await createProject({
      '1_leak/migration.sql': [
        'CREATE TABLE a (id int);',
        "SELECT set_config('search_path', '', false);",
        'SET default_transaction_read_only = on;',
        'SET ROLE pg_monitor;',
        'SET statement_timeout = 1;',
      ].join('\n'),
      '2_next/migration.sql': 'CREATE TABLE b (id int);\nSELECT pg_sleep(0.05);',
    })
    await using db = await createDatabase()
    const result = await deploy(project, db)
    expect(result.exit, result.stderr).toBe(0)
    expect(await exists(db, 'public.b')).toBe(true)
  })

  test('a role that a file goes on as, statement by statement, writes none of our records, of failures either', async () => {
    const stepwise = '-- howdah: transaction=statement\n'
    await using project = await createProject({
      '1_role/migration.sql': `${stepwise}CREATE TABLE who (name text);\nGRANT INSERT ON who TO pg_monitor;\nSET ROLE pg_monitor;\nINSERT INTO who VALUES (current_user);`,
      '1_role/extra.sql': 'SET ROLE pg_monitor; INSERT INTO who VALUES (current_user);',
      '2_fails/migration.sql': `${stepwise}SET ROLE pg_monitor;\nSELECT 1 / 0;`,
    })
    await using db = await createDatabase()
    const result = await deploy(project, db)
    expect(result).toMatchObject({ exit: 4, stderr: expect.stringContaining('division by zero') })
    expect(result.stderr).not.toContain('permission denied')
    expect(await query(db.url, 'SELECT name FROM public.who')).toEqual([
      { name: 'pg_monitor' },
      { name: 'pg_monitor' },
    ])
    expect(
      await query(db.url, `SELECT state, count(*)::int AS n FROM howdah.step GROUP BY 1 ORDER BY 1`),
    ).toEqual([
      { state: 'applied', n: 7 },
      { state: 'failed', n: 1 },
    ])
    expect(await query(db.url, 'SELECT outcome FROM howdah.run')).toEqual([{ outcome: 'failed' }])
  })

  test('BEGIN and COMMIT around a file are left out; inside it they are refused', async () => {
    await using project = await createProject({
      '1_wrapped/migration.sql': 'BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({
        '2_inside/migration.sql': 'CREATE TABLE b (id int);\nCOMMIT;\nCREATE TABLE c (id int);',
      }),
    )
    const refused = await deploy(project, db)
    expect(refused).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('2_inside/migration.sql:2:1: COMMIT'),
    })
    expect(await exists(db, 'b')).toBe(false)
  })

  test('a part between BEGIN and COMMIT, as Prisma writes it where an enum loses a value, is part of the one transaction', async () => {
    // Characters outside the basic plane before it, so that places are counted as the server counts them.
    const enumChange = (last: string) => `-- 🐘 AlterEnum; and more
ALTER TABLE a ADD COLUMN "🐘" text;
BEGIN; -- of Prisma
CREATE TYPE "mood_new" AS ENUM ('sad; BEGIN;');
ALTER TABLE "a" ALTER COLUMN "mood" TYPE "mood_new" USING ("mood"::text::"mood_new");
ALTER TYPE "mood" RENAME TO "mood_old";
ALTER TYPE "mood_new" RENAME TO "mood";
DROP TYPE "mood_old";
COMMIT;

-- AlterTable
${last}`
    await using project = await createProject({
      '1_init/migration.sql': `CREATE TYPE mood AS ENUM ('sad; BEGIN;', 'ok'); CREATE TABLE a (mood mood);`,
      '2_enum/migration.sql': enumChange('ALTER TABLE nowhere ADD COLUMN b int;'),
    })
    await using db = await createDatabase()
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('relation "nowhere"') })
    expect(failed.stderr).toContain('2_enum/migration.sql:12:1:')
    const labels = 'SELECT enumlabel AS label FROM pg_enum ORDER BY enumsortorder'
    expect(await query(db.url, labels)).toEqual([{ label: 'sad; BEGIN;' }, { label: 'ok' }])
    await project.write(
      inMigrations({ '2_enum/migration.sql': enumChange('ALTER TABLE a ADD COLUMN b int;') }),
    )
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await query(db.url, labels)).toEqual([{ label: 'sad; BEGIN;' }])
    // What it asks for cannot be had: said before anything runs.
    await project.write(
      inMigrations({
        '3_index/migration.sql': 'BEGIN;\nSELECT 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON a (b);',
        '4_level/migration.sql': 'BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;',
      }),
    )
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('3_index/migration.sql:1:1: BEGIN'),
    })
    await project.write(inMigrations({ '3_index/migration.sql': 'SELECT 1;' }))
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('4_level/migration.sql:1:1: BEGIN'),
    })
  })

  test('a dry run names every step and changes nothing', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);\nANALYZE a;',
    })
    await using db = await createDatabase()
    const plan = await deploy(project, db, '--dry-run', '--json')
    expect(JSON.parse(plan.stdout).steps.map((step: { transaction: string }) => step.transaction)).toEqual([
      'file',
      'alone',
      'statement',
    ])
    expect(await exists(db, '_prisma_migrations')).toBe(false)
    expect(await query(db.url, "SELECT 1 FROM pg_namespace WHERE nspname = 'howdah'")).toEqual([])
  })

  test('the schema of the URL is made, and holds both the tables and the history', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    const url = `${db.url}?schema=My%20App`
    expect(await cli(['migrate', 'deploy', '--database-url', url], { cwd: project.directory })).toMatchObject(
      { exit: 0 },
    )
    expect(await exists(db, '"My App"._prisma_migrations')).toBe(true)
    expect(await exists(db, '"My App".a')).toBe(true)
  })
})

test("what Prisma's own resolve calls rolled back is applied anew from its first statement", async () => {
  await using project = await createProject({
    '1_split/migration.sql': '-- howdah: transaction=statement\nCREATE TABLE t (id int);\nSELECT 1 / 0;',
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 4 })
  // Cleaned up by hand, and told to Prisma alone.
  await execute(db.url, 'DROP TABLE t', 'UPDATE _prisma_migrations SET rolled_back_at = now()')
  await project.write(
    inMigrations({
      '1_split/migration.sql': '-- howdah: transaction=statement\nCREATE TABLE t (id int);\nSELECT 1;',
    }),
  )
  const anew = await deploy(project, db)
  expect(anew.exit, anew.stderr).toBe(0)
  expect(await exists(db, 't')).toBe(true)
})
