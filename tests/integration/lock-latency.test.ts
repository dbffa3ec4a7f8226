import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { startCli } from '../harness/cli.ts'
import { deploy, history } from '../harness/migrations.ts'
import { createDatabase, MAJORS, type Major, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { THOROUGH } from '../harness/thorough.ts'

const LOCK_TIMEOUT_MS = 100
/** How long the blockers stay: a report of 5 s, and one of 30 s. */
const BLOCKED_MS = THOROUGH ? [5000, 30_000] : [5000]
const READS_PER_SECOND = 200
/** As many reads as can wait at once, with room to spare. */
const READERS = 40

const TABLE =
  'CREATE TABLE item (id int PRIMARY KEY, name text);\nINSERT INTO item SELECT i, i::text FROM generate_series(1, 1000) i;'
const ALTER = 'ALTER TABLE item ADD COLUMN price int;'

/** A transaction that has read the table and holds its lock until it is ended: ACCESS SHARE, the weakest there is. */
async function blockTable(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'nightly report' })
  await client.connect()
  await client.query('BEGIN; SELECT count(*) FROM item')
  return client
}

interface Reads {
  /** The longest read since the last call, in milliseconds. */
  readonly longest: () => number
  readonly count: () => number
  readonly stop: () => Promise<void>
}

/** An application that reads the table steadily; a read that has to wait does not keep the next ones from starting. */
async function startReading(url: string): Promise<Reads> {
  const idle = await Promise.all(
    Array.from({ length: READERS }, async () => {
      const client = new Client(url)
      await client.connect()
      return client
    }),
  )
  const all = [...idle]
  const running = new Set<Promise<void>>()
  let longest = 0
  let count = 0
  const read = async (client: Client): Promise<void> => {
    const started = performance.now()
    await client.query('SELECT name FROM item WHERE id = $1', [1 + (count % 1000)])
    longest = Math.max(longest, performance.now() - started)
    count += 1
    idle.push(client)
  }
  const timer = setInterval(() => {
    const client = idle.pop()
    if (!client) return
    const one: Promise<void> = read(client).finally(() => running.delete(one))
    running.add(one)
  }, 1000 / READS_PER_SECOND)
  return {
    longest: () => {
      const value = longest
      longest = 0
      return value
    },
    count: () => count,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      await Promise.all(all.map(client => client.end()))
    },
  }
}

async function deployed(major: Major): Promise<{
  db: TestDatabase
  project: Awaited<ReturnType<typeof createProject>>
}> {
  const project = await createProject({ '1_table/migration.sql': TABLE })
  const db = await createDatabase({ major })
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await project.write(inMigrations({ '2_alter/migration.sql': ALTER }))
  return { db, project }
}

describe.each(MAJORS)('on Postgres %i', major => {
  test.each(BLOCKED_MS)(
    'while a migration waits %i ms for a table, no read of it waits longer than twice the lock timeout',
    async blockedMs => {
      const prepared = await deployed(major)
      await using db = prepared.db
      await using project = prepared.project
      const reads = await startReading(db.url)
      await delay(1000)
      const before = reads.longest()
      const lag = monitorEventLoopDelay({ resolution: 5 })
      lag.enable()

      const blocker = await blockTable(db.url)
      const child = startCli(['migrate', 'deploy', '--json', '--lock-timeout-ms', String(LOCK_TIMEOUT_MS)], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url },
      })
      await delay(blockedMs)
      await blocker.end()
      const { exit, stdout, stderr } = await child.result
      lag.disable()
      const during = reads.longest()
      await reads.stop()

      expect(exit, stderr).toBe(0)
      // It did have to wait, and try again.
      expect(JSON.parse(stdout).steps[0].attempts, stdout).toBeGreaterThan(2)
      expect(reads.count()).toBeGreaterThan((READS_PER_SECOND * blockedMs) / 1000 / 4)
      // What this process itself came too late for, on a busy machine, is no wait of a reader's.
      const added = during - before - lag.max / 1e6
      expect(
        added,
        `longest read ${during} ms, ${before} ms before, event loop late by ${lag.max / 1e6} ms`,
      ).toBeLessThan(2 * LOCK_TIMEOUT_MS)
      expect(await query(db.url, 'SELECT price FROM item WHERE id = 1')).toEqual([{ price: null }])
    },
  )

  test('a migration whose budget ends first ends with exit code 5 and names who is in its way, without the query', async () => {
    const prepared = await deployed(major)
    await using db = prepared.db
    await using project = prepared.project
    const blocker = await blockTable(db.url)
    const [own] = (
      await blocker.query<{ pid: number; user: string }>(
        'SELECT pg_backend_pid() AS pid, current_user AS user',
      )
    ).rows
    const args = ['--lock-timeout-ms', '50', '--lock-budget-ms', '1500']
    const quiet = await deploy(project, db, ...args)
    const shown = await deploy(project, db, ...args, '--show-queries')
    await blocker.end()

    expect(quiet.exit, quiet.stderr).toBe(5)
    const error = quiet.stderr.slice(quiet.stderr.indexOf('error['))
    expect(error).toContain('error[migration-lock-timeout] 2_alter/migration.sql:1:1')
    expect(error).toContain(String(own?.pid))
    expect(error).toContain(String(own?.user))
    expect(error).toContain('nightly report')
    expect(error).toContain('idle in transaction')
    expect(error).toMatch(/\d(\.\d+)? (ms|s)\b/)
    expect(quiet.stderr).not.toContain('pg_backend_pid')
    expect(shown.exit, shown.stderr).toBe(5)
    expect(shown.stderr).toContain('pg_backend_pid')
    expect(
      await query(
        db.url,
        `SELECT 1 FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'price'`,
      ),
    ).toEqual([])
    expect((await history(db)).at(-1)).toMatchObject({ finished: false, rolled_back: true })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  })
})
