import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations, type TestProject } from '../harness/project.ts'

const INIT = 'CREATE TABLE a (id int PRIMARY KEY, name text);\nINSERT INTO a VALUES (1, $$x;y$$);\n'

const deploy = (project: TestProject, db: TestDatabase, ...args: string[]) =>
  cli(['migrate', 'deploy', ...args], { cwd: project.directory, env: { DATABASE_URL: db.url } })

const status = (project: TestProject, db: TestDatabase) =>
  cli(['migrate', 'status', '--json'], { cwd: project.directory, env: { DATABASE_URL: db.url } })

interface Row {
  migration_name: string
  finished: boolean
  rolled_back: boolean
  logs: string | null
  applied_steps_count: number
}

const history = (db: TestDatabase) =>
  query<Row>(
    db.url,
    `SELECT migration_name, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back, logs, applied_steps_count
       FROM _prisma_migrations ORDER BY started_at`,
  )

const exists = async (db: TestDatabase, name: string) =>
  (await query<{ there: boolean }>(db.url, 'SELECT to_regclass($1) IS NOT NULL AS there', [name]))[0]?.there

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

  test('a setting that a file leaves behind does not reach the next one, nor our own record', async () => {
    await using project = await createProject({
      '1_leak/migration.sql':
        "CREATE TABLE a (id int);\nSELECT set_config('search_path', '', false);\nSET statement_timeout = 1;",
      '2_next/migration.sql': 'CREATE TABLE b (id int);\nSELECT pg_sleep(0.05);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await exists(db, 'public.b')).toBe(true)
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

describe('extra SQL', () => {
  test('an index that a killed run left INVALID is dropped and built; a valid one is recognised', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({
        '1_init/extra.sql':
          'CREATE INDEX CONCURRENTLY a_one ON a (name);\nCREATE INDEX CONCURRENTLY a_two ON a (id, name);',
      }),
    )
    // As a kill leaves it: both begun on record; the first build had just finished, the second had not.
    await execute(
      db.url,
      'CREATE INDEX a_one ON a (name)',
      'CREATE INDEX a_two ON a (id, name)',
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_two'::regclass",
      `INSERT INTO howdah.step (run_id, migration, file, scope, ordinal, checksum, summary, state, started_at)
       SELECT (SELECT id FROM howdah.run LIMIT 1), '1_init', 'extra.sql', 'statement', o, encode(sha256(t::bytea), 'hex'), 's', 'started', now()
         FROM (VALUES (0, 'CREATE INDEX CONCURRENTLY a_one ON a (name)'), (1, 'CREATE INDEX CONCURRENTLY a_two ON a (id, name)')) v(o, t)`,
    )
    const [before] = await query<{ oid: number }>(db.url, "SELECT 'a_one'::regclass::oid AS oid")
    const result = await deploy(project, db, '--json')
    expect(result.exit, result.stderr).toBe(0)
    expect(JSON.parse(result.stdout).steps.map((step: { state: string }) => step.state)).toEqual([
      'skipped',
      'applied',
    ])
    expect(await query(db.url, "SELECT 'a_one'::regclass::oid AS oid")).toEqual([before])
    expect(
      await query(db.url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_two'::regclass"),
    ).toEqual([{ indisvalid: true }])
  })

  test('statements may be added to extra SQL later; those that were applied may not be changed or taken out', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const extra = (text: string) => project.write(inMigrations({ '1_init/extra.sql': text }))
    await extra(
      '-- why\nCREATE INDEX CONCURRENTLY a_name ON a (name);\nALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);',
    )
    const more = await deploy(project, db, '--json')
    expect(JSON.parse(more.stdout).steps).toHaveLength(1)
    await extra(
      'CREATE INDEX CONCURRENTLY a_name ON a (id);\nALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);',
    )
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('error[migration-edited] 1_init/extra.sql'),
    })
    await extra('CREATE INDEX CONCURRENTLY a_name ON a (name);')
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('migration-edited'),
    })
  })

  test('a concurrent index without a name is refused before anything runs', async () => {
    await using project = await createProject({
      '1_init/migration.sql': INIT,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY ON a (name);',
    })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('statement-unsupported'),
    })
    expect(await exists(db, 'a')).toBe(false)
  })
})

describe('locks', () => {
  test('a table lock that cannot be had ends in exit code 5, with nothing changed and a clean history', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({ '2_alter/migration.sql': 'CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN c int;' }),
    )
    const blocker = new Client(db.url)
    await blocker.connect()
    await blocker.query('BEGIN; SELECT * FROM a')
    const blocked = await deploy(project, db, '--lock-timeout-ms', '50', '--lock-budget-ms', '500')
    expect(blocked).toMatchObject({ exit: 5, stderr: expect.stringContaining('migration-lock-timeout') })
    expect(blocked.stderr).toContain('2_alter/migration.sql:2:')
    expect((await history(db)).at(-1)).toMatchObject({
      migration_name: '2_alter',
      finished: false,
      rolled_back: true,
    })
    expect(await exists(db, 'b')).toBe(false)
    await blocker.end()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })

  test('five runs at once: one applies, the others find nothing to do', async () => {
    await using project = await createProject({
      '1_init/migration.sql': `${INIT}SELECT pg_sleep(0.3);`,
      '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);',
    })
    await using db = await createDatabase()
    const results = await Promise.all(Array.from({ length: 5 }, () => deploy(project, db)))
    expect(results.map(({ exit }) => exit)).toEqual([0, 0, 0, 0, 0])
    expect(results.filter(({ stdout }) => stdout.includes('Nothing to do'))).toHaveLength(4)
    expect(await history(db)).toHaveLength(1)
  })

  test("a run that waits for Prisma's lock gives up within its budget and names the holder", async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    const holder = new Client({ connectionString: db.url, application_name: 'prisma-migrate' })
    await holder.connect()
    await holder.query('SELECT pg_advisory_lock(72707369)')
    const waited = await deploy(project, db, '--run-lock-budget-ms', '600')
    expect(waited).toMatchObject({ exit: 5, stderr: expect.stringContaining('run-lock-timeout') })
    expect(waited.stderr).toContain('prisma-migrate')
    await holder.end()
  })

  test('an interrupt cancels the statement, rolls back, and leaves a state that deploy goes on from', async () => {
    await using project = await createProject({ '1_init/migration.sql': `${INIT}SELECT pg_sleep(60);` })
    await using db = await createDatabase()
    const interruption = new AbortController()
    const { HowdahError } = await import('../../runner/core/errors.ts')
    const running = cli(['migrate', 'deploy'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
      signal: interruption.signal,
    })
    const sleeping =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"
    while ((await query(db.url, sleeping)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    interruption.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
    expect(await running).toMatchObject({
      exit: 130,
      stderr: expect.stringContaining('interrupted by SIGINT'),
    })
    expect(await exists(db, 'a')).toBe(false)
    expect(await query(db.url, sleeping)).toEqual([])
    await project.write(inMigrations({ '1_init/migration.sql': INIT }))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})
