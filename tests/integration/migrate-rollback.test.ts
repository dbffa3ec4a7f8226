import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { rollback, rows, states } from '../harness/rollback.ts'

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
