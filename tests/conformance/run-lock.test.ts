import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { openSchemaEngine } from '../../runner/schema-engine/schema-engine.ts'
import { cli } from '../harness/cli.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { migrationsOf } from './migrations-directory.ts'

const SCHEMA = [{ path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }]

const INIT = { '1_init': 'CREATE TABLE a (id int);' }

/** How many sessions hold the run lock of a database, and how many wait inside the server for it. */
async function lockOf(db: TestDatabase): Promise<{ held: number; waiting: number }> {
  const [row] = await query<{ held: number; waiting: number }>(
    db.url,
    `SELECT count(*) FILTER (WHERE granted)::int AS held, count(*) FILTER (WHERE NOT granted)::int AS waiting
       FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = 72707369 AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  return row ?? { held: 0, waiting: 0 }
}

async function until(db: TestDatabase, state: { held: number; waiting: number }): Promise<void> {
  await expect.poll(() => lockOf(db), { timeout: 20_000, interval: 50 }).toEqual(state)
}

const projectOf = (scripts: Readonly<Record<string, string>>) =>
  createProject(
    Object.fromEntries(Object.entries(scripts).map(([name, sql]) => [`${name}/migration.sql`, sql])),
  )

const run = (project: TestProject, db: TestDatabase, verb: readonly string[]) =>
  cli(['migrate', ...verb, '--log-format', 'json'], { cwd: project.directory, env: { DATABASE_URL: db.url } })

/** A deploy that holds the run lock for as long as the test likes: its migration wants a row that another session keeps. */
async function startSlowDeploy(project: TestProject, db: TestDatabase) {
  await execute(db.url, 'CREATE TABLE gate (id int); INSERT INTO gate VALUES (1)')
  expect(await run(project, db, ['baseline', '--to', '1_gate'])).toMatchObject({ exit: 0 })
  const blocker = new Client(db.url)
  await blocker.connect()
  await blocker.query('BEGIN; SELECT * FROM gate FOR UPDATE')
  const deploying = run(project, db, ['deploy'])
  await until(db, { held: 1, waiting: 0 })
  return { deploying, open: () => blocker.query('COMMIT'), [Symbol.asyncDispose]: () => blocker.end() }
}

const SLOW = {
  '1_gate': 'CREATE TABLE gate (id int); INSERT INTO gate VALUES (1);',
  '2_slow': 'UPDATE gate SET id = 2;',
}

describe.each(MAJORS)('on Postgres %i, while we hold the lock', major => {
  test("Prisma's engine waits, gives up with P1002, and has changed nothing", async () => {
    await using db = await createDatabase({ major })
    await using project = await projectOf(SLOW)
    await using slow = await startSlowDeploy(project, db)
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    const started = performance.now()
    await expect(engine.applyMigrations(migrationsOf(SLOW))).rejects.toMatchObject({ code: 'P1002' })
    expect(performance.now() - started).toBeGreaterThan(9000)
    // Its status takes no lock.
    expect(await engine.diagnoseMigrationHistory(migrationsOf(SLOW))).toMatchObject({
      editedMigrationNames: [],
    })
    await slow.open()
    expect(await slow.deploying).toMatchObject({ exit: 0 })
    expect(await query(db.url, 'SELECT id FROM gate')).toEqual([{ id: 2 }])
  })

  test("Prisma's engine goes on when we have finished, and finds nothing left to do", async () => {
    await using db = await createDatabase({ major })
    await using project = await projectOf(SLOW)
    await using slow = await startSlowDeploy(project, db)
    await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
    const applying = engine.applyMigrations(migrationsOf(SLOW))
    await until(db, { held: 1, waiting: 1 })
    await slow.open()
    expect(await slow.deploying).toMatchObject({ exit: 0 })
    expect(await applying).toEqual([])
  })
})

describe.each(MAJORS)("on Postgres %i, while Prisma's engine holds the lock", major => {
  test.each([['deploy'], ['resolve', '--rolled-back', '1_init'], ['baseline']])(
    'migrate %s waits for it, names it, and exits with 5 when its budget is spent',
    async (...verb) => {
      await using db = await createDatabase({ major })
      await using project = await createProject({ '1_init/migration.sql': INIT['1_init'] })
      await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      await engine.applyMigrations(migrationsOf(INIT))
      await until(db, { held: 1, waiting: 0 })
      const result = await run(project, db, [...verb, '--run-lock-budget-ms', '700'])
      expect(result.exit, result.stderr).toBe(5)
      expect(result.stderr).toContain('error[run-lock-timeout]')
      expect(result.stderr).toMatch(/"event":"run-lock.waiting".*process \d+, user howdah/)
      // We poll: nobody of ours waits inside the server, where a snapshot would stand in an index build's way.
      expect(await lockOf(db)).toEqual({ held: 1, waiting: 0 })
    },
  )

  test('deploy begins when it has ended, and status does not wait at all', async () => {
    await using db = await createDatabase({ major })
    await using project = await createProject({
      '1_init/migration.sql': INIT['1_init'],
      '2_more/migration.sql': 'CREATE TABLE b (id int);',
    })
    let deploying: ReturnType<typeof run>
    {
      await using engine = await openSchemaEngine({ url: db.url, schema: SCHEMA })
      await engine.applyMigrations(migrationsOf(INIT))
      expect(await run(project, db, ['status'])).toMatchObject({ exit: 6 })
      deploying = run(project, db, ['deploy'])
      await expect.poll(() => ownSessions(db), { timeout: 10_000, interval: 50 }).toBeGreaterThan(0)
      expect(await lockOf(db)).toEqual({ held: 1, waiting: 0 })
    }
    expect(await deploying).toMatchObject({ exit: 0, stdout: expect.stringContaining('2_more') })
    expect(await lockOf(db)).toEqual({ held: 0, waiting: 0 })
  })
})

async function ownSessions(db: TestDatabase): Promise<number> {
  const rows = await query(
    db.url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'howdah/migrate deploy'`,
  )
  return rows.length
}
