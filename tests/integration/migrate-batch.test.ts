import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { HowdahError } from '../../runner/core/errors.ts'
import { cli } from '../harness/cli.ts'
import { fingerprint } from '../harness/fingerprint.ts'
import { deploy } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

const COUNT = 40

const nameOf = (index: number) => `${20_240_101_000_000 + index}_m${index}`

/** Many small files, as a new environment gets them: they go in messages of several. */
const many = (change: Readonly<Record<number, string>> = {}) =>
  Object.fromEntries(
    Array.from({ length: COUNT }, (_, index) => [
      `${nameOf(index)}/migration.sql`,
      change[index] ??
        `CREATE TABLE t${index} (id int); -- of ${index}\nINSERT INTO t${index} VALUES (${index});`,
    ]),
  )

const rowsOf = (db: TestDatabase) =>
  query<{ name: string; finished: boolean; ordered: boolean; steps: number }>(
    db.url,
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished, coalesce(finished_at >= started_at, true) AS ordered,
            applied_steps_count AS steps
       FROM public._prisma_migrations ORDER BY started_at, migration_name`,
  )

const tables = async (db: TestDatabase) =>
  (await query(db.url, "SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't%'")).length

describe.each(MAJORS)('many migrations onto an empty database of Postgres %i', major => {
  test('each has its transaction, its row and its record, in order and at times of the run', async () => {
    await using project = await createProject(many())
    await using db = await createDatabase({ major })
    const before = Date.now()
    const result = await deploy(project, db, '--json')
    expect(result.exit, result.stderr).toBe(0)
    const rows = await rowsOf(db)
    expect(rows).toEqual(
      Array.from({ length: COUNT }, (_, index) => ({
        name: nameOf(index),
        finished: true,
        ordered: true,
        steps: 1,
      })),
    )
    const [span] = await query<{ transactions: number; first: Date; last: Date }>(
      db.url,
      `SELECT count(DISTINCT xmin::text)::int AS transactions, min(started_at) AS first, max(finished_at) AS last
         FROM howdah.step WHERE state = 'applied'`,
    )
    expect(span?.transactions).toBe(COUNT)
    // Our clock, not the server's, though they are the same here: within the run.
    expect(span?.first.getTime()).toBeGreaterThanOrEqual(before)
    expect(span?.last.getTime()).toBeLessThanOrEqual(Date.now())
    expect(await deploy(project, db)).toMatchObject({ stdout: expect.stringContaining('Nothing to do') })

    // One by one, as before a database that others use, it comes to the same.
    await using used = await createDatabase({ major })
    await using single = await createProject({
      [`${nameOf(0)}/migration.sql`]: many()[`${nameOf(0)}/migration.sql`] ?? '',
    })
    expect(await deploy(single, used)).toMatchObject({ exit: 0 })
    expect(await deploy(project, used)).toMatchObject({ exit: 0 })
    expect(await fingerprint(db.url)).toEqual(await fingerprint(used.url))
  })

  test('one that fails in the middle leaves those before it, nothing of itself, and the whole story', async () => {
    const broken = 'CREATE TABLE t23 (id int);\nINSERT INTO t23 VALUES (1), (1 / 0);'
    await using project = await createProject(many({ 23: broken }))
    await using db = await createDatabase({ major })
    const failed = await deploy(project, db, '--json')
    expect(failed.exit).toBe(4)
    expect(failed.stderr).toContain(`${nameOf(23)}/migration.sql:2:`)
    expect(failed.stderr).toContain('SQLSTATE 22012')
    const states = JSON.parse(failed.stdout).steps.map(({ state }: { state: string }) => state)
    expect(states).toEqual([
      ...Array.from({ length: 23 }, () => 'applied'),
      'failed',
      ...Array.from({ length: COUNT - 24 }, () => 'not-run'),
    ])
    expect(await tables(db)).toBe(23)
    const rows = await rowsOf(db)
    expect(rows.map(({ finished }) => finished)).toEqual([...Array.from({ length: 23 }, () => true), false])
    await project.write(inMigrations(many()))
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    expect(await tables(db)).toBe(COUNT)
  })
})

test('settings, roles and a search path that one leaves behind do not reach the next of the message', async () => {
  await using project = await createProject(
    many({
      3: "CREATE TABLE t3 (id int); SELECT set_config('search_path', '', false); SET ROLE pg_monitor;",
      4: 'RESET ALL; CREATE TABLE public.t4 (id int); SET default_transaction_read_only = on; SET statement_timeout = 1;',
      5: 'BEGIN;\nCREATE TABLE t5 (who text DEFAULT current_user);\nCOMMIT;\nINSERT INTO t5 DEFAULT VALUES; SELECT pg_sleep(0.05);',
      6: '-- nothing but a comment',
    }),
  )
  await using db = await createDatabase()
  const result = await deploy(project, db)
  expect(result.exit, result.stderr).toBe(0)
  expect(await tables(db)).toBe(COUNT - 1)
  expect(await query(db.url, 'SELECT who FROM public.t5')).toEqual([{ who: 'howdah' }])
  expect((await rowsOf(db)).every(({ finished, ordered }) => finished && ordered)).toBe(true)
})

const SLEEPING =
  "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()"

async function asleep(db: TestDatabase): Promise<void> {
  while ((await query(db.url, SLEEPING)).length === 0) await delay(20)
}

test.each([
  ['an interrupt', 130],
  ['the loss of the session', 4],
])('after %s in the middle the next run goes on with what was not applied', async (what, exit) => {
  const slow = (seconds: number) => many({ 20: `CREATE TABLE t20 (id int); SELECT pg_sleep(${seconds});` })
  await using project = await createProject(slow(60))
  await using db = await createDatabase()
  const interruption = new AbortController()
  const running = cli(['migrate', 'deploy', '--json'], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url },
    signal: interruption.signal,
  })
  await asleep(db)
  if (what === 'an interrupt') interruption.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
  else await execute(db.url, `SELECT pg_terminate_backend(pid) FROM (${SLEEPING}) s`)
  const ended = await running
  expect(ended.exit, ended.stderr).toBe(exit)
  expect(await tables(db)).toBe(20)
  const rows = await rowsOf(db)
  expect(rows.filter(({ finished }) => finished).map(({ name }) => name)).toEqual(
    Array.from({ length: 20 }, (_, index) => nameOf(index)),
  )
  await project.write(inMigrations(slow(0)))
  const next = await deploy(project, db)
  expect(next.exit, next.stderr).toBe(0)
  expect(await tables(db)).toBe(COUNT)
})
