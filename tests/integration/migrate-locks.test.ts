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
