import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import { cli } from '../harness/cli.ts'
import { deploy, exists, history, INIT } from '../harness/migrations.ts'
import { createDatabase, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

describe('locks', () => {
  test('a table lock that cannot be had ends in exit code 5, with nothing changed and a clean history', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(
      inMigrations({ '2_alter/migration.sql': 'CREATE TABLE b (id int);\nALTER TABLE a ADD COLUMN c int;' }),
    )
    const blocker = new Client({ connectionString: db.url, application_name: 'long-report' })
    await blocker.connect()
    await blocker.query('BEGIN; SELECT * FROM a')
    const blocked = await deploy(project, db, '--lock-timeout-ms', '50', '--lock-budget-ms', '500')
    expect(blocked).toMatchObject({ exit: 5, stderr: expect.stringContaining('migration-lock-timeout') })
    expect(blocked.stderr).toContain('2_alter/migration.sql:2:')
    const [{ pid }] = (await blocker.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows as [
      { pid: number },
    ]
    const named = `held up by process ${pid} of user howdah, application long-report, from 127.0.0.1, idle in transaction`
    expect(blocked.stderr).toContain(named)
    expect(blocked.stderr).not.toContain('SELECT * FROM a')
    const [recorded] = await query<{ attempts: number; blockers: { pid: number }[] }>(
      db.url,
      "SELECT attempts, blockers FROM howdah.step WHERE state = 'failed'",
    )
    expect(recorded?.attempts).toBeGreaterThan(1)
    expect(recorded?.blockers).toMatchObject([{ pid, application: 'long-report' }])
    expect(JSON.stringify(recorded?.blockers)).not.toContain('SELECT')
    const shown = await deploy(
      project,
      db,
      '--lock-timeout-ms',
      '50',
      '--lock-budget-ms',
      '200',
      '--show-queries',
    )
    expect(shown.stderr).toContain('SELECT pg_backend_pid()')
    expect((await history(db)).at(-1)).toMatchObject({
      migration_name: '2_alter',
      finished: false,
      rolled_back: true,
    })
    expect(await exists(db, 'b')).toBe(false)
    await blocker.end()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })

  test('a long transaction is named before the first attempt, by what it holds and what will wait for it', async () => {
    await using project = await createProject({ '1_init/migration.sql': `${INIT}CREATE TABLE b (id int);` })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const reader = new Client({ connectionString: db.url, application_name: 'long-report' })
    await reader.connect()
    await reader.query('BEGIN; SELECT * FROM public.a')
    await new Promise(resolve => setTimeout(resolve, 1200))
    await project.write(
      inMigrations({
        // A reader is in nobody's way who only keeps writers out, nor who wants another table.
        '2_b/migration.sql': 'CREATE INDEX a_id ON a (id); ALTER TABLE b ADD COLUMN c int;',
      }),
    )
    const free = await deploy(project, db)
    expect(free.exit, free.stderr).toBe(0)
    expect(free.stderr).not.toContain('lock-ahead')
    await project.write(inMigrations({ '3_a/migration.sql': 'SELECT 1;\nALTER TABLE a ADD COLUMN c int;' }))
    // Long enough for a second attempt on a busy machine, too.
    const held = await deploy(project, db, '--lock-timeout-ms', '50', '--lock-budget-ms', '3000')
    expect(held.exit).toBe(5)
    const events = held.stderr.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
    const first = events.findIndex(({ event }) => event === 'migration.lock-ahead')
    expect(events[first]).toMatchObject({
      level: 'warn',
      relation: 'a',
      blockers: [{ application: 'long-report', state: 'idle in transaction' }],
    })
    expect(events.findIndex(({ event }) => event === 'migration.lock-wait')).toBeGreaterThan(first)
    expect(held.stderr).not.toContain('SELECT * FROM')
    await reader.end()
  })

  test.each([
    ['a writer of the table', 'BEGIN; INSERT INTO public.a VALUES (2)'],
    ['an old snapshot, of any table', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM public.b'],
  ])('before a concurrent build what it will wait for is named: %s', async (_title, begin) => {
    await using project = await createProject({ '1_init/migration.sql': `${INIT}CREATE TABLE b (id int);` })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const writer = new Client({ connectionString: db.url, application_name: 'slow-writer' })
    await writer.connect()
    await writer.query(begin)
    await new Promise(resolve => setTimeout(resolve, 1200))
    await project.write(inMigrations({ '1_init/extra.sql': 'CREATE INDEX CONCURRENTLY a_name ON a (name);' }))
    const running = deploy(project, db)
    const building = 'SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()'
    while ((await query(db.url, building)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    await writer.query('COMMIT')
    await writer.end()
    const built = await running
    expect(built.exit, built.stderr).toBe(0)
    expect(built.stderr).toMatch(
      /1_init\/extra\.sql:1:1: will wait until process \d+ of user howdah, application slow-writer/,
    )
  })

  test('a session idle in a transaction is ended only when that was asked for, and a working one never', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '2_alter/migration.sql': 'ALTER TABLE a ADD COLUMN c int;' }))
    const brief = [
      '--lock-timeout-ms',
      '200',
      '--lock-budget-ms',
      '1500',
      '--terminate-blockers-after-ms',
      '1',
    ]
    const working = new Client(db.url)
    await working.connect()
    await working.query('BEGIN; SELECT * FROM a')
    const work = working.query('SELECT pg_sleep(4)')
    expect(await deploy(project, db, ...brief)).toMatchObject({ exit: 5 })
    await work
    await working.end()
    const idle = new Client(db.url)
    idle.on('error', () => undefined)
    await idle.connect()
    await idle.query('BEGIN; SELECT * FROM a')
    const ended = await deploy(project, db, ...brief)
    expect(ended).toMatchObject({ exit: 0, stderr: expect.stringContaining('migration.blocker-ended') })
    await idle.end().catch(() => undefined)
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
    const running = cli(['migrate', 'deploy'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
      signal: interruption.signal,
    })
    const sleeping =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname = current_database() AND pid <> pg_backend_pid()"
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
