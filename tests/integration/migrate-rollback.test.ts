import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { deploy, exists, history, INIT, status } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'
import { createTrusted, trusting } from '../harness/trusted-manifest.ts'

const rollback = (project: TestProject, db: TestDatabase, ...args: readonly string[]) =>
  cli(['migrate', 'rollback', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

/** One that is transactional, and one that goes statement by statement and has hostile names. */
const LATER = {
  '2_more/migration.sql':
    'CREATE TABLE more (id int PRIMARY KEY, a_id int REFERENCES a);\nALTER TABLE a ADD COLUMN note text;',
  '2_more/extra.sql': 'ALTER TABLE more ADD CONSTRAINT positive CHECK (id > 0);',
  '2_more/down.sql': 'BEGIN;\nALTER TABLE a DROP COLUMN note;\nDROP TABLE more;\nCOMMIT;\n',
  '3_indexes/migration.sql': 'CREATE INDEX a_name ON a (name);\nCREATE VIEW names AS SELECT name FROM a;',
  '3_indexes/extra.sql':
    'CREATE INDEX CONCURRENTLY "Größe; \'a\'" ON a (name, id);\nCREATE INDEX CONCURRENTLY a_both ON a (id, name);',
  '3_indexes/down.sql':
    'DROP INDEX CONCURRENTLY a_both;\nDROP VIEW names;\nDROP INDEX CONCURRENTLY "Größe; \'a\'";\nDROP INDEX a_name;',
}

/** Before both, one whose way back leads elsewhere, and one that says there is none. */
const HISTORY = {
  '0_bad/migration.sql': "CREATE TABLE bad (id int);\nCREATE TYPE bad_type AS ENUM ('x');",
  '0_bad/down.sql': 'DROP TABLE bad;',
  '1_init/migration.sql': INIT,
  '1_init/down.sql': '-- howdah: irreversible=it-is-the-first\n',
  ...LATER,
}

const withoutLater = () => Object.fromEntries(Object.entries(HISTORY).filter(([path]) => !(path in LATER)))

const rows = async (db: TestDatabase) =>
  (await history(db)).map(row => `${row.migration_name} ${row.rolled_back ? 'rolled back' : 'applied'}`)

const states = async (project: TestProject, db: TestDatabase): Promise<string[]> =>
  JSON.parse((await status(project, db)).stdout).migrations.map(({ state }: { state: string }) => state)

describe('a history with a manifest', () => {
  let project: TestProject
  let manifest: string

  beforeAll(async () => {
    project = await createProject(HISTORY)
    const written = await cli(['migrate', 'verify', '--write-manifest', '--json'], { cwd: project.directory })
    manifest = await readFile(join(project.directory, 'prisma/app/catalogue.json'), 'utf8')
    expect(written.exit, written.stderr).toBe(6)
    expect(JSON.parse(written.stdout)).toMatchObject({
      ok: false,
      rollbacks: 2,
      unproved: [{ migration: '0_bad', problems: ['after down.sql enum public.bad_type is left over'] }],
    })
  })

  test('names in its manifest each way back that does not lead back, and proves the others', () => {
    const { files, rollbacks, objects } = JSON.parse(manifest)
    expect(rollbacks).toMatchObject({
      '2_more': { grade: 'lossy', majors: [15, 16, 17, 18] },
      '3_indexes': { grade: 'lossless', majors: [15, 16, 17, 18] },
    })
    expect(Object.keys(rollbacks)).toEqual(['2_more', '3_indexes'])
    expect(Object.keys(files)).toContain('1_init/down.sql')
    expect(objects.map(({ name }: { name: string }) => name)).toContain('public.names')
  })

  afterAll(() => project?.[Symbol.asyncDispose]())

  test.each(MAJORS)(
    'everything newer is undone on Postgres %i, newest first; deploy applies it again, and it can be undone again',
    async major => {
      await using db = await createDatabase({ major })
      await using first = await createProject(withoutLater())
      expect(await deploy(first, db)).toMatchObject({ exit: 0 })
      const before = await fingerprint(db.url)
      expect(await deploy(project, db)).toMatchObject({ exit: 0 })
      const after = await fingerprint(db.url)

      const refused = await rollback(project, db, '--to', '1_init')
      expect(refused).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining('error[rollback-loses-data]'),
      })
      expect(refused.stderr).toContain('column a.note: its values, 0 of them not null now (down.sql:2)')
      expect(refused.stderr).toContain('table more: its rows, 0 now (down.sql:3)')
      expect(await fingerprint(db.url)).toEqual(after)

      const result = await rollback(project, db, '--to', '1_init', '--accept-data-loss', '--json')
      expect(result.exit, result.stderr).toBe(0)
      const report = JSON.parse(result.stdout)
      expect(report).toMatchObject({ ok: true, to: '1_init', proof: { source: 'manifest' } })
      expect(report.migrations).toMatchObject([
        { migration: '3_indexes', grade: 'lossless', losses: [] },
        { migration: '2_more', grade: 'lossy' },
      ])
      expect(
        report.steps.map((step: Record<string, unknown>) => `${step.migration}:${step.line} ${step.state}`),
      ).toEqual([
        '3_indexes:1 applied',
        '3_indexes:2 applied',
        '3_indexes:3 applied',
        '3_indexes:4 applied',
        '2_more:2 applied',
      ])
      expect(await fingerprint(db.url)).toEqual(before)
      expect(await rows(db)).toEqual([
        '0_bad applied',
        '1_init applied',
        '2_more rolled back',
        '3_indexes rolled back',
      ])
      expect(
        await query(
          db.url,
          `SELECT migration, array_agg(DISTINCT file ORDER BY file) AS files, array_agg(DISTINCT state) AS states
           FROM howdah.step GROUP BY migration ORDER BY migration`,
        ),
      ).toEqual([
        { migration: '0_bad', files: ['migration.sql'], states: ['applied'] },
        { migration: '1_init', files: ['migration.sql'], states: ['applied'] },
        { migration: '2_more', files: ['down.sql', 'extra.sql', 'migration.sql'], states: ['undone'] },
        { migration: '3_indexes', files: ['down.sql', 'extra.sql', 'migration.sql'], states: ['undone'] },
      ])
      expect(
        await query(db.url, 'SELECT verb, outcome, allowed FROM howdah.run ORDER BY started_at DESC LIMIT 1'),
      ).toEqual([
        {
          verb: 'migrate rollback',
          outcome: 'done',
          allowed: { 'data-loss': 'accepted for a rollback to 1_init' },
        },
      ])
      expect(await states(project, db)).toEqual(['applied', 'applied', 'pending', 'pending'])

      // Once more, forth and back: nothing of the first time is in the way.
      expect(await deploy(project, db)).toMatchObject({ exit: 0 })
      expect(await fingerprint(db.url)).toEqual(after)
      expect(await rollback(project, db, '--to', '2_more')).toMatchObject({ exit: 0 })
      expect(await exists(db, 'names')).toBe(false)
      expect(await exists(db, 'more')).toBe(true)
      expect(await rollback(project, db, '--to', '2_more')).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining('Nothing to do: nothing newer than 2_more is applied.'),
      })
      expect(await rollback(project, db, '--to', '0', '--accept-data-loss')).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining('1_init: its down.sql says irreversible=it-is-the-first'),
      })
    },
  )

  test('--dry-run shows grades, losses, statements and locks, and changes nothing', async () => {
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, "UPDATE a SET note = 'kept'", 'INSERT INTO more VALUES (1), (2)')
    const before = await fingerprint(db.url)
    const { exit, stdout } = await rollback(project, db, '--to', '1_init', '--dry-run')
    expect(exit).toBe(0)
    expect(stdout).toContain('3_indexes  lossless\n  down.sql  statement by statement')
    expect(stdout).toContain('2_more  lossy\n  ! lost: column a.note: its values, 1 of them not null now')
    expect(stdout).toContain('! lost: table more: its rows, 2 now (down.sql:3)')
    expect(stdout).toMatch(/alone {6}DROP INDEX CONCURRENTLY a_both {2}-> {2}a: SHARE UPDATE EXCLUSIVE/)
    expect(stdout).toMatch(/DROP TABLE more {2}-> {2}more: ACCESS EXCLUSIVE, blocks reads and writes/)
    expect(stdout).toContain('the way back is proved by the manifest.\nIt needs --accept-data-loss.')
    const json = JSON.parse((await rollback(project, db, '--to', '1_init', '--dry-run', '--json')).stdout)
    expect(json).toMatchObject({ ok: true, dryRun: true, proof: { source: 'manifest' } })
    expect(json.migrations[1].losses).toMatchObject([
      { kind: 'column', object: 'a.note', by: 'rollback', rows: 1, rowsAreEstimate: false },
      { kind: 'table', object: 'more', rows: 2 },
    ])
    expect(await fingerprint(db.url)).toEqual(before)
    expect(await rows(db)).toEqual(['0_bad applied', '1_init applied', '2_more applied', '3_indexes applied'])
  })

  test('a manifest goes stale by a down.sql alone: verify says so, and rollback proves the file that is there', async () => {
    await using db = await createDatabase()
    await using copy = await createProject({
      ...HISTORY,
      '3_indexes/down.sql': `${LATER['3_indexes/down.sql']}\n-- edited`,
    })
    await writeFile(join(copy.directory, 'prisma/app/catalogue.json'), manifest)
    expect(await deploy(copy, db)).toMatchObject({ exit: 0 })
    const env = { DATABASE_URL: db.url }
    expect(await cli(['migrate', 'verify'], { cwd: copy.directory, env })).toMatchObject({
      exit: 6,
      stderr: expect.stringMatching(/manifest-stale.*3_indexes\/down\.sql/),
    })
    const result = await rollback(copy, db, '--to', '2_more')
    expect(result, result.stderr).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('(3_indexes/down.sql is not the one the manifest was made from)'),
    })
  })

  test('several at once: one undoes, the others find nothing left to do', async () => {
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const results = await Promise.all(
      [1, 2, 3].map(() => rollback(project, db, '--to', '1_init', '--accept-data-loss', '--json')),
    )
    const reports = results.map(({ exit, stdout, stderr }) => {
      expect(exit, stderr).toBe(0)
      return JSON.parse(stdout).steps.length
    })
    expect(reports.sort()).toEqual([0, 0, 5])
    expect(await rows(db)).toEqual([
      '0_bad applied',
      '1_init applied',
      '2_more rolled back',
      '3_indexes rolled back',
    ])
  })

  test('who holds a table is named, nobody queues for long, and nothing is undone', async () => {
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await rollback(project, db, '--to', '2_more')).toMatchObject({ exit: 0 })
    const before = await fingerprint(db.url)
    const holder = new Client({ connectionString: db.url, application_name: 'holder' })
    await holder.connect()
    try {
      await holder.query('BEGIN; SELECT * FROM more')
      const args = [
        '--to',
        '1_init',
        '--accept-data-loss',
        '--lock-timeout-ms',
        '50',
        '--lock-budget-ms',
        '300',
      ]
      const busy = await rollback(project, db, ...args)
      expect(busy).toMatchObject({
        exit: 5,
        stderr: expect.stringContaining('error[migration-lock-timeout]'),
      })
      expect(busy.stderr).toContain('"holder"')
      expect(await fingerprint(db.url)).toEqual(before)
      expect(await states(project, db)).toEqual(['applied', 'applied', 'applied', 'pending'])
      const idle = [...args, '--terminate-blockers-after-ms', '1', '--lock-budget-ms', '10000']
      holder.on('error', () => undefined)
      expect(await rollback(project, db, ...idle)).toMatchObject({ exit: 0 })
    } finally {
      await holder.end().catch(() => undefined)
    }
  })
})

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
