import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const plan = (project: TestProject, db: TestDatabase, ...args: string[]) =>
  cli(['migrate', 'plan', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

interface Lock {
  relation: string | null
  mode: string
  blocks: string
  rewrite: string
  scan: string
  isNew: boolean
  bytes: number | null
  rows: number | null
}

/** The locks of every statement of a `--json` report, in order. */
const locksOf = (stdout: string): Lock[][] =>
  JSON.parse(stdout).steps.flatMap((step: { statements: { locks: Lock[] }[] }) =>
    step.statements.map(({ locks }) => locks),
  )

describe.each(MAJORS)('on Postgres %i', major => {
  test('a plan tells each statement, its lock and what it blocks, the table and its size, and changes nothing', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase({ major })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await execute(db.url, 'INSERT INTO a SELECT i, i FROM generate_series(2, 5000) i', 'ANALYZE a')
    await project.write(
      inMigrations({
        '2_more/migration.sql': [
          'CREATE TABLE b (id int PRIMARY KEY, a_id int);',
          'CREATE INDEX b_a ON b (a_id);',
          'ALTER TABLE b ADD CONSTRAINT b_to_a FOREIGN KEY (a_id) REFERENCES a (id);',
          'ALTER TABLE a ADD COLUMN c int,',
          '  ALTER COLUMN id TYPE bigint;',
        ].join('\n'),
        '2_more/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);\nDO $$ BEGIN END $$;',
      }),
    )
    const report = await plan(project, db, '--json')
    expect(report.exit, report.stderr).toBe(0)
    const document = JSON.parse(report.stdout)
    expect(document).toMatchObject({
      ok: true,
      migrations: 2,
      totals: {
        migrations: 1,
        steps: 3,
        statements: 6,
        blockReadsAndWrites: 1,
        blockWrites: 1,
        rewrites: 1,
        unknown: 1,
      },
    })
    expect(
      document.steps.map((step: { transaction: string; line: number }) => [step.transaction, step.line]),
    ).toEqual([
      ['file', 1],
      ['alone', 1],
      ['statement', 2],
    ])
    const [made, index, key, altered, built, block] = locksOf(report.stdout)
    expect(made).toEqual([
      expect.objectContaining({ relation: 'b', isNew: true, blocks: 'nothing', bytes: null }),
    ])
    expect(index).toEqual([expect.objectContaining({ relation: 'b', isNew: true, blocks: 'nothing' })])
    expect(key).toEqual([
      expect.objectContaining({ relation: 'b', isNew: true, blocks: 'nothing' }),
      expect.objectContaining({ relation: 'a', mode: 'SHARE ROW EXCLUSIVE', blocks: 'writes', rows: 5000 }),
    ])
    expect(altered?.[0]).toMatchObject({
      relation: 'a',
      mode: 'ACCESS EXCLUSIVE',
      blocks: 'reads and writes',
      rewrite: 'yes',
      rows: 5000,
    })
    const [size] = await query<{ bytes: string }>(db.url, "SELECT pg_total_relation_size('a') AS bytes")
    expect(altered?.[0]?.bytes).toBe(Number(size?.bytes))
    expect(built).toEqual([
      expect.objectContaining({
        relation: 'a',
        mode: 'SHARE UPDATE EXCLUSIVE',
        blocks: 'nothing',
        scan: 'yes',
      }),
    ])
    expect(block).toEqual([expect.objectContaining({ relation: null, mode: 'unknown', rewrite: 'unknown' })])
    expect(await exists(db, 'b')).toBe(false)

    const text = (await plan(project, db)).stdout
    expect(text).toContain('2_more\n  migration.sql  one transaction, which keeps its locks to the end\n')
    expect(text).toMatch(
      /^ +4 {2}file {7}ALTER TABLE a ADD COLUMN c int, ALTER COLUMN id TYPE bigint {2}-> {2}a: ACCESS EXCLUSIVE, blocks reads and writes, rewrites it, [\d.]+ KiB, about 5,000 rows/m,
    )
    expect(text).toMatch(/^ +1 {2}alone {6}CREATE INDEX CONCURRENTLY .*scans it, [^;]*$/m)
    expect(text).toMatch(
      /1 migration, 3 steps, 6 statements\. Statements that block reads and writes: 1; block writes: 1; rewrite a table: 1; not known beforehand: 1\./,
    )
  })
})

test('a statement that is like an earlier step shows how long that took, in a file of several, too', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);',
    '1_update/migration.sql': "UPDATE a SET name = 'three' WHERE id > 7",
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await execute(
    db.url,
    "UPDATE howdah.step SET finished_at = started_at + interval '90 s' WHERE file = 'extra.sql'",
    "UPDATE howdah.step SET finished_at = started_at + interval '7 s' WHERE migration = '1_update'",
  )
  await project.write(
    inMigrations({
      '2_more/extra.sql': 'CREATE INDEX CONCURRENTLY a_both ON "a" (id, name);\nANALYZE a;',
      '2_more/migration.sql': 'SELECT 1;\nUPDATE a SET name = 4;',
    }),
  )
  const { steps } = JSON.parse((await plan(project, db, '--json')).stdout)
  const comparable = steps.flatMap(({ statements }: { statements: { comparable: unknown }[] }) =>
    statements.map(each => each.comparable),
  )
  expect(comparable).toEqual([
    null,
    expect.objectContaining({ count: 1, lastMs: 7000 }),
    expect.objectContaining({ count: 1, lastMs: 90_000 }),
    null,
  ])
  expect((await plan(project, db)).stdout).toContain('a comparable step took 1 min 30 s')
})

test('with nothing to do it says so; deploy --dry-run is the same report; a refusal is that of deploy', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  const [planned, dry] = [await plan(project, db), await deploy(project, db, '--dry-run')]
  expect(planned.stdout).toContain('1_init')
  expect(dry.stdout).toBe(planned.stdout)
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  expect(await plan(project, db)).toMatchObject({ exit: 0, stdout: 'Nothing to do.\n' })
  await project.write(inMigrations({ '1_init/migration.sql': `${INIT}SELECT 1;` }))
  const [refused, refusedDeploy] = [await plan(project, db), await deploy(project, db)]
  expect(refused.exit).toBe(3)
  expect(refused.stderr).toBe(refusedDeploy.stderr)
})

test('a plan waits for nobody: not for the run lock, not for a locked table', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await project.write(inMigrations({ '2_more/migration.sql': 'ALTER TABLE a ADD COLUMN c int;' }))
  const holder = new Client(db.url)
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE a; SELECT pg_advisory_lock(72707369)')
  const report = await plan(project, db, '--json')
  await holder.end()
  expect(report.exit, report.stderr).toBe(0)
  expect(locksOf(report.stdout)[0]?.[0]).toMatchObject({
    relation: 'a',
    rewrite: 'no',
    scan: 'no',
    bytesAreEstimate: true,
  })
})
