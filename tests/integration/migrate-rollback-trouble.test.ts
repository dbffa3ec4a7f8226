import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { rollback, rows, states } from '../harness/rollback.ts'
import { createTrusted, trusting } from '../harness/trusted-manifest.ts'

describe('half way', () => {
  const FIRST = { '1_init/migration.sql': `${INIT}CREATE TABLE log (what text);` }
  /** Its third statement fails because of a row that no shadow has. */
  const HALF = {
    '2_half/migration.sql': 'CREATE INDEX a_i ON a (id, name);\nALTER TABLE a ADD COLUMN x int;',
    '2_half/extra.sql': 'CREATE INDEX CONCURRENTLY a_x ON a (x);',
    '2_half/down.sql':
      "DROP INDEX CONCURRENTLY a_x;\nINSERT INTO log VALUES ('once');\nALTER TABLE a DROP COLUMN x, ADD CONSTRAINT few CHECK (id < 100);\nALTER TABLE a DROP CONSTRAINT few;\nDROP INDEX a_i;",
  }

  test('a failure leaves what was undone on record: deploy refuses, status tells, and rollback goes on', async () => {
    await using db = await createDatabase()
    await using project = await createTrusted({
      ...FIRST,
      ...HALF,
      '3_last/migration.sql': 'CREATE TABLE last (id int)',
      '3_last/down.sql': 'DROP TABLE last',
    })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, 'INSERT INTO a VALUES (200)')
    const failed = await rollback(project, db, '--to', '1_init', '--accept-data-loss', '--json')
    expect(failed.exit).toBe(4)
    const { error, steps } = JSON.parse(failed.stdout)
    expect(error).toMatchObject({
      code: 'migration-failed',
      message: expect.stringMatching(/^2_half\/down\.sql:3:1: .*\(SQLSTATE 23514\)$/),
      hint: expect.stringContaining('the same `howdah migrate rollback` again'),
    })
    expect(steps.map(({ state }: { state: string }) => state)).toEqual([
      'applied',
      'applied',
      'applied',
      'failed',
      'not-run',
      'not-run',
    ])
    expect(await states(project, db)).toEqual(['applied', 'half-undone', 'pending'])
    for (const verb of ['deploy', 'plan']) {
      const refused = await cli(['migrate', verb], { cwd: project.directory, env: { DATABASE_URL: db.url } })
      expect(refused).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining('error[migration-half-undone]'),
      })
      expect(refused.stderr).toContain('`howdah migrate rollback --to 1_init`')
    }
    expect(
      await cli(['migrate', 'verify'], { cwd: project.directory, env: { DATABASE_URL: db.url } }),
    ).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('a part of it is undone'),
    })
    expect(await rollback(project, db, '--to', '2_half', '--accept-data-loss')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('migration-half-undone'),
    })

    await execute(db.url, 'DELETE FROM a WHERE id = 200')
    const again = await rollback(project, db, '--to', '1_init', '--accept-data-loss', '--json')
    expect(again.exit, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ migrations: [{ migration: '2_half', isResumed: true }] })
    expect(await query(db.url, 'SELECT what FROM log')).toEqual([{ what: 'once' }])
    expect(await rows(db)).toEqual(['1_init applied', '2_half rolled back', '3_last rolled back'])
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await states(project, db)).toEqual(['applied', 'applied', 'applied'])
  })

  test('a statement of the way back that has taken effect cannot be edited; the rest can', async () => {
    await using db = await createDatabase()
    await using project = await createTrusted({ ...FIRST, ...HALF })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, 'INSERT INTO a VALUES (200)')
    expect(await rollback(project, db, '--to', '1_init', '--accept-data-loss')).toMatchObject({ exit: 4 })
    const down = HALF['2_half/down.sql']
    await project.write(inMigrations({ '2_half/down.sql': down.replace('once', 'twice') }))
    expect(await rollback(project, db, '--to', '1_init', '--accept-data-loss')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('2_half/down.sql was edited after it was applied'),
    })
    await project.write(inMigrations({ '2_half/down.sql': down.replace('id < 100', 'id < 1000') }))
    const result = await rollback(project, db, '--to', '1_init', '--accept-data-loss')
    expect(result, result.stderr).toMatchObject({ exit: 0 })
  })

  test('a concurrent drop that is cut off leaves an INVALID index, which the next run drops', async () => {
    await using db = await createDatabase()
    await using project = await createTrusted({
      ...FIRST,
      ...HALF,
      '2_half/down.sql': 'DROP INDEX CONCURRENTLY a_x;\nALTER TABLE a DROP COLUMN x;\nDROP INDEX a_i;',
    })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    // A reader of the index: the drop waits for it after it has marked the index.
    const reader = new Client(db.url)
    await reader.connect()
    await reader.query('BEGIN; SELECT count(x) FROM a')
    const interrupt = new AbortController()
    const running = cli(['migrate', 'rollback', '--to', '1_init', '--accept-data-loss'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
      signal: interrupt.signal,
    })
    const invalid = `SELECT FROM pg_index WHERE NOT indisvalid`
    while ((await query(db.url, invalid)).length === 0) await new Promise(done => setTimeout(done, 20))
    interrupt.abort()
    expect((await running).exit).not.toBe(0)
    await reader.query('ROLLBACK')
    await reader.end()
    expect(await query(db.url, invalid)).toHaveLength(1)
    expect(await states(project, db)).toEqual(['applied', 'half-undone'])
    const result = await rollback(project, db, '--to', '1_init', '--accept-data-loss')
    expect(result, result.stderr).toMatchObject({ exit: 0 })
    expect(await query(db.url, invalid)).toEqual([])
    expect(await rows(db)).toEqual(['1_init applied', '2_half rolled back'])
  })
})

describe('the proof', () => {
  test.each([
    [
      'leaves things behind',
      {
        '2/migration.sql': "CREATE TABLE b (id int); CREATE TYPE m AS ENUM ('x'); CREATE EXTENSION citext",
        '2/down.sql': 'DROP TABLE b',
      },
      ['2: after down.sql enum public.m is left over', '2: after down.sql extension citext is left over'],
    ],
    [
      'takes too much, or changes something',
      {
        '2/migration.sql': 'ALTER TABLE a ALTER name SET DEFAULT 1',
        '2/down.sql': "ALTER TABLE a ALTER name SET DEFAULT ''; DROP INDEX a_name",
      },
      [
        '2: after down.sql index public.a.a_name is missing',
        '2: after down.sql column public.a.name has another default',
      ],
    ],
    [
      'fails',
      {
        '2/migration.sql': 'CREATE TABLE b (id int)',
        '2/down.sql': 'DROP TABLE b;\nDROP TABLE nowhere',
      },
      ['2: down.sql fails: 2/down.sql:2:1: table "nowhere" does not exist'],
    ],
  ])('a way back that %s is refused, and nothing is changed', async (_, files, problems) => {
    await using db = await createDatabase()
    await using project = await createProject({
      '1/migration.sql': 'CREATE TABLE a (id int, name text); CREATE INDEX a_name ON a (name)',
      ...files,
    })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const before = await fingerprint(db.url)
    const refused = await rollback(project, db, '--to', '1', '--accept-data-loss')
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[rollback-unproved]') })
    for (const problem of problems) expect(refused.stderr).toContain(problem)
    expect(await fingerprint(db.url)).toEqual(before)
    expect(await rows(db)).toEqual(['1 applied', '2 applied'])
  })
})

describe('refused before anything is tried', () => {
  const FILES = {
    '1/migration.sql': 'CREATE TABLE a (id int)',
    '2/migration.sql': 'CREATE TABLE b (id int)',
    '2/down.sql': 'DROP TABLE b',
  }

  test.each([
    [
      'a skeleton',
      { '2/down.sql': '-- howdah: irreversible=write-the-way-back-or-say-why\n' },
      'rollback-impossible',
      'irreversible=write-the-way-back-or-say-why',
    ],
    [
      'an edited migration.sql',
      { '2/migration.sql': 'CREATE TABLE b (id bigint)' },
      'migration-edited',
      '2/migration.sql',
    ],
    ['broken SQL', { '2/down.sql': 'DROP TABEL b' }, 'migration-sql-invalid', '2/down.sql:1:6'],
    [
      'transaction control',
      { '2/down.sql': 'DROP TABLE b; COMMIT; SELECT 1' },
      'statement-unsupported',
      '2/down.sql:1:15',
    ],
  ])('%s', async (_, change, code, text) => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations(change))
    const refused = await rollback(project, db, '--to', '1', '--accept-data-loss')
    expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining(`error[${code}]`) })
    expect(refused.stderr).toContain(text)
    expect(await exists(db, 'b')).toBe(true)
  })

  test('a target nobody knows, and no target', async () => {
    await using db = await createDatabase()
    await using project = await createProject(FILES)
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await rollback(project, db, '--to', '1_other')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('error[rollback-target-unknown]'),
    })
    expect(await rollback(project, db)).toMatchObject({ exit: 2, stderr: expect.stringContaining('--to') })
  })
})

test('in another schema, applied by another tool, with extra SQL that never ran', async () => {
  await using db = await createDatabase()
  await using project = await createProject({
    '1/migration.sql': 'CREATE TABLE "Ä b" (id int)',
    '1/down.sql': '-- howdah: lock_timeout=1s\nDROP INDEX IF EXISTS never;\nDROP TABLE "Ä b";',
  })
  const url = new URL(db.url)
  url.searchParams.set('schema', 'Other "one"')
  const other = { ...db, url: url.href }
  expect(await deploy(project, other)).toMatchObject({ exit: 0 })
  await execute(db.url, 'DROP SCHEMA howdah CASCADE')
  await project.write(inMigrations({ '1/extra.sql': 'CREATE INDEX CONCURRENTLY never ON "Ä b" (id)' }))
  const result = await rollback(project, other, '--to', 'none', '--accept-data-loss')
  expect(result, result.stderr).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('to before the first'),
  })
  expect(
    await query(
      db.url,
      `SELECT rolled_back_at IS NOT NULL AS undone FROM "Other ""one"""._prisma_migrations`,
    ),
  ).toEqual([{ undone: true }])
  expect(await exists(db, '"Other ""one"""."Ä b"')).toBe(false)
})

test('a repeatable in the way is told with what to do, and made anew by the next deploy', async () => {
  await using db = await createDatabase()
  const files = {
    '1/migration.sql': 'CREATE TABLE a (id int)',
    '2/migration.sql': 'ALTER TABLE a ADD COLUMN b int',
    '2/down.sql': 'ALTER TABLE a DROP COLUMN b',
  }
  await using project = await createTrusted(files)
  await project.write({ 'prisma/app/repeatable/v.sql': 'CREATE OR REPLACE VIEW v AS SELECT b FROM a' })
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  const refused = await rollback(project, db, '--to', '1', '--accept-data-loss')
  expect(refused).toMatchObject({ exit: 4, stderr: expect.stringContaining('SQLSTATE 2BP01') })
  expect(refused.stderr).toContain('view v depends on column b of table a')
  expect(refused.stderr).toContain('at the head of down.sql (`DROP VIEW IF EXISTS …`)')
  const mended = { ...files, '2/down.sql': 'DROP VIEW IF EXISTS v;\nALTER TABLE a DROP COLUMN b' }
  await project.write({ ...inMigrations(mended), ...trusting(mended) })
  expect(await rollback(project, db, '--to', '1', '--accept-data-loss')).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('The next deploy also applies again the repeatables they dropped.'),
  })
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  expect(await exists(db, 'v')).toBe(true)
})
