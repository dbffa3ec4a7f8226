import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { addHooks, DIARY, diaryOf, outcomes, reportOf, SHELL, states, TWO } from '../harness/hooks.ts'
import { deploy, exists, history } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

test.each(MAJORS)('hooks run at their places in the order of their names, on Postgres %i', async major => {
  await using project = await createProject(TWO)
  await using db = await createDatabase({ major })
  await execute(
    db.url,
    'CREATE SCHEMA notes',
    'CREATE TABLE notes.seen (at int GENERATED ALWAYS AS IDENTITY, event text, migration text, facts text)',
  )
  const sql = `INSERT INTO notes.seen (event, migration, facts)
    SELECT current_setting('howdah.event'), current_setting('howdah.migration'),
           concat_ws(' ', current_setting('howdah.outcome'), current_setting('howdah.database'), current_setting('howdah.migration_count'));`
  await addHooks(project, {
    'before-run.2-sql.sql': sql,
    'before-run.1 with spaces.sh': DIARY,
    'before-migration.sql': sql,
    'before-migration-z.sh': DIARY,
    'after-migration.sql': sql,
    'after-run.sql': sql,
    'after-run-notify.sh': DIARY,
    'README.md': 'passed over',
    'parts/lib.sh': 'passed over',
  })
  const result = await deploy(project, db, '--json')
  expect(result.exit, result.stderr).toBe(0)
  expect(states(result)).toEqual([
    'before-run.1 with spaces.sh done',
    'before-run.2-sql.sql done',
    'before-migration-z.sh 1_init done',
    'before-migration.sql 1_init done',
    'after-migration.sql 1_init done',
    'before-migration-z.sh 2_more done',
    'before-migration.sql 2_more done',
    'after-migration.sql 2_more done',
    'after-run-notify.sh done',
    'after-run.sql done',
  ])
  expect(await diaryOf(project)).toEqual([
    'before-run',
    'before-migration 1_init',
    'before-migration 2_more',
    'after-run  applied',
  ])
  expect(await query(db.url, 'SELECT event, migration, facts FROM notes.seen ORDER BY at')).toEqual([
    { event: 'before-run', migration: '', facts: ' app 2' },
    { event: 'before-migration', migration: '1_init', facts: ' app 2' },
    { event: 'after-migration', migration: '1_init', facts: 'applied app 2' },
    { event: 'before-migration', migration: '2_more', facts: ' app 2' },
    { event: 'after-migration', migration: '2_more', facts: 'applied app 2' },
    { event: 'after-run', migration: '', facts: 'applied app 2' },
  ])
  const again = await deploy(project, db, '--json')
  expect(again.exit, again.stderr).toBe(0)
  expect(states(again)).toEqual([])
  expect(await diaryOf(project)).toHaveLength(4)
})

describe('a hook that fails', () => {
  test('before the run keeps everything from being applied; put right, it is run again', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      'before-run-1.sh': `${SHELL}echo to the log; echo why it failed >&2; exit 7\n`,
      'before-run-2.sh': DIARY,
      'after-run.sh': `${SHELL}echo "after $HOWDAH_HOOK_OUTCOME $HOWDAH_HOOK_ERROR_CODE" >> diary.txt\n`,
    })
    const failed = await deploy(project, db, '--json')
    expect(failed).toMatchObject({ exit: 4 })
    expect(failed.stderr).toContain('error[hook-failed] hooks/before-run-1.sh: it ended with exit code 7')
    expect(failed.stderr).toContain('  | why it failed')
    expect(failed.stderr).toContain('before-run-1.sh | to the log')
    expect(states(failed)).toEqual(['before-run-1.sh failed', 'before-run-2.sh not-run', 'after-run.sh done'])
    expect(reportOf(failed).steps.map(({ state }) => state)).toEqual(['not-run', 'not-run'])
    expect(await exists(db, 'a')).toBe(false)
    expect(await exists(db, '_prisma_migrations')).toBe(false)
    expect(await outcomes(db)).toEqual([{ outcome: 'failed', error_code: 'hook-failed' }])
    await addHooks(project, { 'before-run-1.sh': DIARY })
    const mended = await deploy(project, db)
    expect(mended.exit, mended.stderr).toBe(0)
    expect(await diaryOf(project)).toEqual([
      'after failed hook-failed',
      'before-run',
      'before-run',
      'after applied',
    ])
    expect(mended.stdout).toMatch(
      /^✔ hooks\/before-run-1\.sh[\s\S]*2_more\/migration\.sql[\s\S]*✔ hooks\/after-run\.sh[\s\S]*2 migrations brought up to date\.$/m,
    )
  })

  test('before a migration keeps that one from being begun, and leaves no row of it', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      'before-migration.sh': `${SHELL}[ "$HOWDAH_HOOK_MIGRATION" != 2_more ]\n`,
      'after-migration.sh': DIARY,
    })
    const failed = await deploy(project, db, '--json')
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('2_more was not begun') })
    expect((await history(db)).map(row => row.migration_name)).toEqual(['1_init'])
    expect(await exists(db, 'b')).toBe(false)
    expect(await diaryOf(project)).toEqual(['after-migration 1_init applied'])
    expect(states(failed)).toEqual([
      'before-migration.sh 1_init done',
      'after-migration.sh 1_init done',
      'before-migration.sh 2_more failed',
      'after-migration.sh 2_more not-run',
    ])
  })

  test('behind a migration stops the run and leaves that one applied', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'after-migration.sql': 'SELECT 1;\nSELECT nothing FROM nowhere;' })
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({ exit: 4 })
    expect(failed.stderr).toContain(
      'error[hook-failed] hooks/after-migration.sql:2:21: relation "nowhere" does not exist (SQLSTATE 42P01)',
    )
    expect(failed.stderr).toMatch(/2 \| SELECT nothing FROM nowhere;\n +\| {21}\^/)
    expect(failed.stderr).toContain('1_init is applied')
    expect((await history(db)).map(row => [row.migration_name, row.finished])).toEqual([['1_init', true]])
    await addHooks(project, { 'after-migration.sql': '' })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await exists(db, 'b')).toBe(true)
  })

  test('after the run makes its exit 4, and the report says that the schema is applied; the others at the end run all the same', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      'after-run-1.sh': `${SHELL}kill -9 $$\n`,
      'after-run-2.sh': DIARY,
      'after-run-3.sql': 'SELECT 1/0',
    })
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({
      exit: 4,
      stdout: expect.stringContaining('2 migrations brought up to date.'),
    })
    expect(failed.stderr).toContain('hooks/after-run-1.sh: it was killed by SIGKILL')
    expect(failed.stderr).toMatch(/also, while cleaning up: hooks\/after-run-3\.sql:1:\d+: division by zero/)
    expect(failed.stderr).toContain('The schema is applied; this hook alone failed')
    expect(await diaryOf(project)).toEqual(['after-run  applied'])
    expect(await exists(db, 'b')).toBe(true)
    expect(await outcomes(db)).toEqual([{ outcome: 'failed', error_code: 'hook-failed' }])
    expect(await deploy(project, db)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing to do'),
    })
  })

  test('its SQL is one transaction: nothing of it remains', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await execute(db.url, 'CREATE SCHEMA notes', 'CREATE TABLE notes.seen (id int)')
    await addHooks(project, { 'before-run.sql': 'INSERT INTO notes.seen VALUES (2);\nSELECT 1/0;' })
    expect(await deploy(project, db)).toMatchObject({ exit: 4 })
    expect(await query(db.url, 'SELECT * FROM notes.seen')).toEqual([])
  })
})

test('what SQL of a hook sets, a role included, does not reach the migration behind it, nor our own record', async () => {
  const who =
    "CREATE TABLE a AS SELECT current_user::text AS who, current_setting('search_path') AS path, current_setting('howdah.event', true) AS event;"
  await using project = await createProject({ '1_init/migration.sql': who })
  await using db = await createDatabase()
  const leaving = 'SET search_path = pg_catalog; SET ROLE pg_monitor;'
  const [beforeRun, beforeMigration, afterRun] = ['before-run.sql', 'before-migration.sql', 'after-run.sql']
  await addHooks(project, { [beforeRun]: leaving, [beforeMigration]: leaving, [afterRun]: leaving })
  const result = await deploy(project, db)
  expect(result.exit, result.stderr).toBe(0)
  const [row] = await query<{ who: string; path: string; event: string | null }>(db.url, 'SELECT * FROM a')
  expect(row).toEqual({ who: new URL(db.url).username, path: '"public"', event: '' })
  expect(await outcomes(db)).toEqual([{ outcome: 'done', error_code: null }])
})

describe('before anything runs', () => {
  const refusals = {
    'before-run.sh': ['echo not executable', 'chmod +x'],
    'befor-run.sh': [SHELL, 'Did you mean before-run?'],
    'before-migrations.sql': ['SELECT 1', 'Did you mean before-migration?'],
    'after-run.sql': ['SELECT 1;\nSELEC 2;', 'hooks/after-run.sql:2:1'],
    'after-migration.sql': ['CREATE INDEX CONCURRENTLY i ON a (id)', 'statement-unsupported'],
    'before-run.d/x.sh': [SHELL, 'is not a file'],
  }
  test.each(Object.entries(refusals))('%s is refused', async (name, [text = '', expected]) => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'before-migration.sh': DIARY, [name]: text })
    for (const args of [['deploy'], ['deploy', '--dry-run'], ['plan']]) {
      const refused = await cli(['migrate', ...args], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url },
      })
      expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining(expected ?? '?') })
    }
    expect(await diaryOf(project)).toEqual([])
    expect(await exists(db, 'a')).toBe(false)
  })

  test('the plan lists the hooks and runs none', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'before-run.sh': DIARY, 'after-migration.sql': 'SELECT 1' })
    const plan = await deploy(project, db, '--dry-run')
    expect(plan).toMatchObject({ exit: 0 })
    expect(plan.stdout).toContain('hooks before-run: before-run.sh')
    expect(plan.stdout).toContain('hooks after-migration, for each migration: after-migration.sql')
    expect(JSON.parse((await deploy(project, db, '--dry-run', '--json')).stdout).hooks).toEqual([
      { event: 'after-migration', hook: 'after-migration.sql', kind: 'sql' },
      { event: 'before-run', hook: 'before-run.sh', kind: 'program' },
    ])
    expect(await diaryOf(project)).toEqual([])
  })
})

test('extra SQL alone outstanding counts as a migration', async () => {
  await using project = await createProject(TWO)
  await using db = await createDatabase()
  await deploy(project, db)
  await project.write({ 'prisma/app/migrations/1_init/extra.sql': 'ALTER TABLE a ADD CHECK (id > 0);' })
  await addHooks(project, { 'before-migration.sh': DIARY })
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  expect(await diaryOf(project)).toEqual(['before-migration 1_init'])
})

test('a shadow runs no hooks, and `howdah up` runs them as any deploy does', async () => {
  await using project = await createProject(TWO)
  await addHooks(project, {
    'after-run.sh': `${SHELL}echo "$HOWDAH_HOOK_VERB" >> diary.txt\n`,
    'before-run.sql': "SELECT current_setting('howdah.verb');",
  })
  await using db = await createDatabase()
  await deploy(project, db)
  const env = { DATABASE_URL: db.url }
  const verified = await cli(['migrate', 'verify', '--shadow'], { cwd: project.directory, env })
  expect(verified.exit, verified.stderr).toBe(0)
  expect(await diaryOf(project)).toEqual(['migrate deploy'])
  const up = await cli(['up', '--once', '--json'], {
    cwd: project.directory,
    env: { PATH: process.env.PATH },
  })
  expect(up.exit, up.stderr).toBe(0)
  expect(await diaryOf(project)).toEqual(['migrate deploy', 'up'])
})
