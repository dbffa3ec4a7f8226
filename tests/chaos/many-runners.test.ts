import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { type CliResult, cli, startCli } from '../harness/cli.ts'
import { createDatabase, MAJORS, type Major, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { share } from '../harness/thorough.ts'

const ROUNDS = share(20)
/** Rounds at the same time, each on a database of its own: Postgres' advisory locks are per database. */
const AT_ONCE = 4
const IN_PROCESS = 16
const CHILDREN = 4
const WAITERS = 5

const RUN_LOCK_KEY = 72_707_369
/** `ADVISORY_LOCK_TIMEOUT` of Prisma's schema engine, on the client's side. */
const PRISMA_GIVES_UP_MS = 10_000

/** Statement by statement and then extra SQL, so that index builds happen in both. */
const MIGRATIONS = {
  '1_table/migration.sql': [
    'CREATE TABLE counter (n int NOT NULL);',
    'INSERT INTO counter VALUES (0);',
    'CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL);',
    'INSERT INTO item SELECT i, md5(i::text) FROM generate_series(1, 30000) i;',
  ].join('\n'),
  '2_index/migration.sql': [
    'UPDATE counter SET n = n + 1;',
    'CREATE INDEX CONCURRENTLY item_name ON item (name);',
    'UPDATE counter SET n = n + 1;',
  ].join('\n'),
  '2_index/extra.sql': [
    'CREATE UNIQUE INDEX CONCURRENTLY item_name_id ON item (name, id);',
    'UPDATE counter SET n = n + 1;',
  ].join('\n'),
}

type WaiterOutcome = 'got it' | 'gave up' | 'deadlock' | 'cancelled'

/**
 * Prisma's CLI at its lock: it waits inside the server, and after 10 s its client ends. Nothing cancels the statement
 * then: the server's process stays in the queue, with its snapshot, until it gets the lock or is told to stop.
 */
async function waitAsPrismaDoes(url: string, patienceMs = PRISMA_GIVES_UP_MS): Promise<WaiterOutcome> {
  const client = new Client({ connectionString: url, application_name: 'prisma-migrate' })
  client.on('error', () => undefined)
  await client.connect()
  const gaveUp = new AbortController()
  const asked = client.query(`SELECT pg_advisory_lock(${RUN_LOCK_KEY})`).then(
    (): WaiterOutcome => 'got it',
    (error): WaiterOutcome => {
      if (error.code === '40P01') return 'deadlock'
      if (error.code === '57014' || error.code === '57P01') return 'cancelled'
      return 'gave up'
    },
  )
  const patience = delay(patienceMs, 'gave up' as const, { signal: gaveUp.signal }).catch(
    () => 'gave up' as const,
  )
  const outcome = await Promise.race([asked, patience])
  gaveUp.abort()
  // With a statement under way this closes the socket and nothing else, as the end of Prisma's process does.
  await client.end().catch(() => undefined)
  return outcome
}

/** Resolves when a runner holds the run lock, or when all have ended. */
async function lockTaken(url: string, ended: () => boolean): Promise<void> {
  const held = `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
                 WHERE l.locktype = 'advisory' AND l.objid = ${RUN_LOCK_KEY} AND l.granted`
  const client = new Client(url)
  await client.connect()
  while (!ended() && (await client.query(held)).rowCount === 0) await delay(20)
  await client.end()
}

/** An application's transaction that has written to the table: the build waits for it, and so lasts long enough. */
async function writeFor(url: string, ms: number, ended: () => boolean): Promise<void> {
  const client = new Client(url)
  await client.connect()
  const there = async () =>
    (await client.query(`SELECT 1 FROM pg_class WHERE relname = 'item'`)).rowCount === 1
  while (!(await there())) {
    if (ended()) return client.end()
    await delay(20)
  }
  await client.query('BEGIN; UPDATE item SET id = id WHERE id = 1')
  await delay(ms)
  await client.query('ROLLBACK')
  await client.end()
}

interface Drawn {
  /** How long the writer keeps the build waiting. */
  readonly writerMs: number
  /** When each waiter comes, counted from the moment a runner has the lock. */
  readonly waitersMs: readonly number[]
}

const draw = (): Drawn => ({
  writerMs: randomInt(3500),
  waitersMs: Array.from({ length: WAITERS }, () => randomInt(3000)),
})

function startRunners(project: TestProject, db: TestDatabase): Promise<CliResult>[] {
  const args = ['migrate', 'deploy', '--log-format', 'json']
  const where = { cwd: project.directory, env: { DATABASE_URL: db.url } }
  return [
    ...Array.from({ length: CHILDREN }, () => startCli(args, where).result),
    ...Array.from({ length: IN_PROCESS }, () => cli(args, where)),
  ]
}

async function round(project: TestProject, major: Major, drawn: Drawn): Promise<void> {
  await using db = await createDatabase({ major })
  const started = performance.now()
  let ended = false
  const writer = writeFor(db.url, drawn.writerMs, () => ended)
  const running = Promise.all(startRunners(project, db)).finally(() => {
    ended = true
  })
  const waiting = lockTaken(db.url, () => ended).then(() =>
    Promise.all(
      drawn.waitersMs.map(async ms => {
        await delay(ms)
        return waitAsPrismaDoes(db.url)
      }),
    ),
  )
  // All of it ends before anything is looked at: what still ran would fail over the dropped database.
  const [results, waiters] = await Promise.all([running, waiting, writer])

  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const stderr = results
    .flatMap(result => result.stderr.split('\n').filter(line => line && !line.includes('run-lock.waiting')))
    .join('\n')
  const context = `drawn ${JSON.stringify(drawn)}, waiters ${waiters.join(', ')}, ${seconds} s\n${stderr}`
  expect(
    results.map(({ exit }) => exit),
    context,
  ).toEqual(results.map(() => 0))
  const idle = results.filter(({ stdout }) => stdout.startsWith('Nothing to do'))
  expect(idle.length, context).toBe(results.length - 1)
  expect(stderr, context).not.toContain('40P01')
  expect(await query(db.url, 'SELECT n FROM counter'), context).toEqual([{ n: 3 }])
  expect(
    await query(db.url, 'SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid'),
    context,
  ).toEqual([])
  expect(await query(db.url, `SELECT 1 FROM howdah.step WHERE state <> 'applied'`), context).toEqual([])
  expect(await query(db.url, `SELECT 1 FROM _prisma_migrations WHERE finished_at IS NULL`), context).toEqual(
    [],
  )
  // The server counts every deadlock it broke; those a waiter was the victim of are no harm to us.
  const [counted] = await query<{ deadlocks: number }>(
    db.url,
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  )
  const own = waiters.filter(outcome => outcome === 'deadlock').length
  expect(
    (counted?.deadlocks ?? 0) - own,
    `deadlocks whose victim was a runner; ${context}`,
  ).toBeLessThanOrEqual(0)
}

describe.each(MAJORS)('on Postgres %i', major => {
  test(`${IN_PROCESS + CHILDREN} runners and ${WAITERS} waiters of Prisma's kind during an index build, ${ROUNDS} rounds: one applies, the others find nothing to do`, async () => {
    await using project = await createProject(MIGRATIONS)
    const rounds = Array.from({ length: ROUNDS }, draw)
    const next = async (): Promise<void> => {
      for (let drawn = rounds.pop(); drawn; drawn = rounds.pop()) await round(project, major, drawn)
    }
    const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, next))
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason
  })

  test('a waiter whose client has gone, but whose server process still waits, does not stop an index build', async () => {
    await using project = await createProject({
      '1_table/migration.sql': 'CREATE TABLE item (id int);',
      '2_index/migration.sql': 'SELECT pg_sleep(2.5);\nCREATE INDEX CONCURRENTLY item_id ON item (id);',
    })
    await using db = await createDatabase({ major })
    const running = cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    let ended = false
    const result = running.finally(() => {
      ended = true
    })
    await lockTaken(db.url, () => ended)
    // Longer than deadlock_timeout before the build begins: its own check has passed by, so the build would be the victim.
    const waiting = waitAsPrismaDoes(db.url, 500)
    const { exit, stderr } = await result
    expect(await waiting).toBe('gave up')
    expect(exit, stderr).toBe(0)
    expect(stderr).not.toContain('40P01')
    expect(
      await query(db.url, 'SELECT indisvalid FROM pg_index WHERE indrelid = $1::regclass', ['item']),
    ).toEqual([{ indisvalid: true }])
  })
})
