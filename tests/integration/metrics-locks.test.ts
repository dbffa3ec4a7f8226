import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { activity } from '../../runner/metrics/collectors/activity.ts'
import { blocking } from '../../runner/metrics/collectors/blocking.ts'
import { locks } from '../../runner/metrics/collectors/locks.ts'
import { longTransactions } from '../../runner/metrics/collectors/long-transactions.ts'
import { preparedTransactions } from '../../runner/metrics/collectors/prepared-transactions.ts'
import { slowQueries } from '../../runner/metrics/collectors/slow-queries.ts'
import { waits } from '../../runner/metrics/collectors/waits.ts'
import { xminHorizon } from '../../runner/metrics/collectors/xmin-horizon.ts'
import { ask, type Findings, roleWith, untilTrue } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, type TestDatabase } from '../harness/postgres.ts'

const COLLECTORS = [
  activity,
  blocking,
  locks,
  longTransactions,
  preparedTransactions,
  slowQueries,
  waits,
  xminHorizon,
]

async function session(db: TestDatabase, application_name = 'shop'): Promise<Client> {
  const client = new Client({ connectionString: db.url, application_name })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** Sends a statement that will wait, and returns when `waiters` sessions of the database do. */
async function wait(db: TestDatabase, client: Client, sql: string, waiters: number): Promise<void> {
  client.query(sql).catch(() => undefined)
  await untilTrue(
    db.url,
    `SELECT count(*) >= $2 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE NOT l.granted AND l.waitstart IS NOT NULL AND a.datname = $1`,
    [db.name, waiters],
  )
}

const reader =
  ({ series }: Findings) =>
  (name: string, labels: Record<string, string> = {}) =>
    valueIn(series, name, labels)

// Servers are shared with other suites, so what a server counts as a whole is at least what is made here.
describe.each(MAJORS)('on Postgres %i', major => {
  test('three sessions that wait in a row are a chain, seen by a role without any privilege as well', async () => {
    await using db = await createDatabase({ major })
    await execute(db.url, 'CREATE TABLE "a ""b"" ü" (i int); INSERT INTO "a ""b"" ü" VALUES (1), (2), (3)')
    const nobody = await roleWith(db)
    const monitor = await roleWith(db, 'pg_monitor')
    const [root, second, third, last] = await Promise.all(Array.from({ length: 4 }, () => session(db)))
    if (!root || !second || !third || !last) throw new Error('four sessions')
    const update = (i: number) => `UPDATE "a ""b"" ü" SET i = i WHERE i = ${i}`
    await root.query(`BEGIN; ${update(1)}`)
    await second.query(`BEGIN; ${update(2)}`)
    await third.query(`BEGIN; ${update(3)}`)
    await wait(db, second, update(1), 1)
    await wait(db, third, update(2), 2)
    await wait(db, last, update(3), 3)
    for (const url of [monitor, nobody]) {
      const findings = await ask(url, COLLECTORS)
      expect(findings.failures).toEqual({})
      const value = reader(findings)
      expect(value('pg_blocked_sessions')).toBeGreaterThanOrEqual(3)
      expect(value('pg_blocking_root_sessions')).toBeGreaterThanOrEqual(1)
      expect(value('pg_blocking_chain_depth')).toBeGreaterThanOrEqual(3)
      expect(value('pg_blocking_widest')).toBeGreaterThanOrEqual(3)
      expect(value('pg_locks_max_wait_seconds')).toBeGreaterThan(0)
      const waiting =
        url === monitor
          ? { backend_type: 'client backend', wait_event_type: 'Lock' }
          : { backend_type: 'hidden', wait_event_type: 'hidden' }
      expect(value('pg_stat_activity_wait_sessions', waiting)).toBeGreaterThanOrEqual(3)
      expect(value('pg_locks_waiting', { locktype: 'transactionid' })).toBeGreaterThanOrEqual(3)
      expect(value('pg_locks_count', { datname: db.name, mode: 'rowexclusivelock' })).toBeGreaterThanOrEqual(
        4,
      )
      expect(value('pg_locks_count', { datname: db.name, mode: 'sireadlock' })).toBe(0)
      expect(value('pg_oldest_xmin_age', { source: 'backend' })).toBeGreaterThanOrEqual(2)
    }
  })

  test('nothing waits while somebody holds a table under ACCESS EXCLUSIVE', async () => {
    await using db = await createDatabase({ major })
    await execute(db.url, 'CREATE TABLE t (i int)')
    const holder = await session(db)
    await holder.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE')
    const findings = await ask(await roleWith(db, 'pg_monitor'), COLLECTORS)
    expect(findings.failures).toEqual({})
    expect(reader(findings)('pg_locks_count', { datname: db.name, mode: 'accessexclusivelock' })).toBe(1)
  })

  test('a transaction that wrote and is idle, an old snapshot and a prepared transaction each hold the xmin horizon', async () => {
    await using db = await createDatabase({ major })
    await execute(db.url, 'CREATE TABLE t (i int)')
    const monitor = await roleWith(db, 'pg_monitor')
    const burn = () => execute(db.url, ...Array.from({ length: 20 }, () => 'INSERT INTO t VALUES (1)'))
    const age = async (source: string) => {
      const findings = await ask(monitor, COLLECTORS)
      expect(findings.failures).toEqual({})
      return reader(findings)('pg_oldest_xmin_age', { source }) ?? -1
    }
    const holder = await session(db)
    await holder.query('BEGIN; INSERT INTO t VALUES (0)')
    await burn()
    expect(await age('backend')).toBeGreaterThanOrEqual(20)
    await holder.query('ROLLBACK')
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    await burn()
    expect(await age('backend')).toBeGreaterThanOrEqual(20)
    await holder.query('ROLLBACK')
    const gid = `g_${db.name}`
    await holder.query('BEGIN; INSERT INTO t VALUES (0)')
    await holder.query(`PREPARE TRANSACTION '${gid}'`)
    try {
      await burn()
      expect(await age('prepared')).toBeGreaterThanOrEqual(20)
      const value = reader(await ask(monitor, [preparedTransactions]))
      expect(value('pg_prepared_xacts_count')).toBeGreaterThanOrEqual(1)
      expect(value('pg_prepared_xacts_max_age_seconds')).toBeGreaterThan(0)
    } finally {
      await execute(db.url, `ROLLBACK PREPARED '${gid}'`)
    }
  })
})

test('a migration that an idle transaction blocks is told, as are those that queue behind it; a concurrent build that waits is not', async () => {
  await using db = await createDatabase()
  await execute(db.url, 'CREATE TABLE t (i int)')
  const [migration, idle] = [await session(db, 'howdah/migrate deploy'), await session(db)]
  const flag = async () => {
    const findings = await ask(db.url, [blocking])
    expect(findings.failures).toEqual({})
    return reader(findings)('pg_blocking_migration')
  }
  await idle.query('BEGIN; INSERT INTO t VALUES (1)')
  await wait(db, migration, 'CREATE INDEX CONCURRENTLY ON t (i)', 1)
  // Another suite's migration may be in somebody's way, but then not for as long as this one waits.
  await expect.poll(flag, { timeout: 10_000 }).toBe(0)
  await idle.query('ROLLBACK')
  await untilTrue(db.url, 'SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = $1::regclass', ['t'])
  await idle.query('BEGIN; SELECT * FROM t')
  await wait(db, migration, 'ALTER TABLE t ADD COLUMN j int', 1)
  expect(await flag()).toBe(1)
  const other = await session(db)
  await wait(db, other, 'SELECT * FROM t', 2)
  expect(await flag()).toBe(1)
  expect(reader(await ask(db.url, [blocking]))('pg_blocking_chain_depth')).toBeGreaterThanOrEqual(2)
})

test('slow statements are counted by threshold; maintenance, dumps and our own sessions are not', async () => {
  await using db = await createDatabase()
  await execute(db.url, 'CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2)')
  await execute(
    db.url,
    'CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(30); RETURN i; END$$',
  )
  const slow = await session(db)
  const left: [string, string][] = [
    ['howdah/migrate deploy', 'SELECT pg_sleep(30)'],
    ['pg_dump', 'SELECT pg_sleep(30)'],
    ['shop', 'CREATE INDEX ON t (slow(i))'],
  ]
  slow.query('SELECT pg_sleep(30)').catch(() => undefined)
  for (const [name, sql] of left) (await session(db, name)).query(sql).catch(() => undefined)
  await untilTrue(
    db.url,
    `SELECT count(*) = 4 FROM pg_stat_activity
      WHERE datname = $1 AND state = 'active' AND query_start < clock_timestamp() - interval '1.1s'`,
    [db.name],
  )
  const of = async (url: string) => {
    const findings = await ask(url, [slowQueries, longTransactions])
    expect(findings.failures).toEqual({})
    const value = reader(findings)
    const slow = (threshold: string) =>
      value('pg_stat_activity_slow_queries', { datname: db.name, threshold })
    return { one: slow('1s'), ten: slow('10s'), transactions: value('pg_long_running_transactions') }
  }
  expect(await of(await roleWith(db, 'pg_monitor'))).toEqual({
    one: 1,
    ten: 0,
    transactions: expect.any(Number),
  })
  // A role that may not see what others do gets no count at all.
  expect(await of(await roleWith(db))).toEqual({ one: undefined, ten: undefined, transactions: undefined })
})
