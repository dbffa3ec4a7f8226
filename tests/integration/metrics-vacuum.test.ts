import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { archiver } from '../../runner/metrics/collectors/archiver.ts'
import { autovacuumDue } from '../../runner/metrics/collectors/autovacuum-due.ts'
import { autovacuumWorkers } from '../../runner/metrics/collectors/autovacuum-workers.ts'
import { bgwriter } from '../../runner/metrics/collectors/bgwriter.ts'
import { checkpointer } from '../../runner/metrics/collectors/checkpointer.ts'
import { databaseSessions } from '../../runner/metrics/collectors/database-sessions.ts'
import { io } from '../../runner/metrics/collectors/io.ts'
import { tables } from '../../runner/metrics/collectors/tables.ts'
import { vacuumProgress } from '../../runner/metrics/collectors/vacuum-progress.ts'
import { wal } from '../../runner/metrics/collectors/wal.ts'
import { wraparound } from '../../runner/metrics/collectors/wraparound.ts'
import { ask, roleWith, untilTrue } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'

const VACUUM = [autovacuumDue, autovacuumWorkers, tables, vacuumProgress, wraparound]
const SERVER = [archiver, bgwriter, checkpointer, databaseSessions, io, wal]

async function read(url: string, collectors = VACUUM as Parameters<typeof ask>[1]) {
  const { series, failures } = await ask(url, collectors)
  expect(failures).toEqual({})
  return (name: string, labels: Record<string, string> = {}) => valueIn(series, name, labels)
}

async function session(db: TestDatabase): Promise<Client> {
  const client = new Client(db.url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** Statistics reach shared memory when their session is idle for a while or ends; this one makes them. */
const flushed = ['SELECT pg_stat_force_next_flush()', 'SELECT 1']

describe.each(MAJORS)('on Postgres %i', major => {
  test('dead rows, tables due and age are measured while somebody holds the table under ACCESS EXCLUSIVE', async () => {
    await using db = await createDatabase({ major })
    const monitor = await roleWith(db, 'pg_monitor')
    const schemaname = 'Sales "x" ü'
    const quoted = '"Sales ""x"" ü"'
    await execute(
      db.url,
      `CREATE SCHEMA ${quoted}`,
      `CREATE TABLE ${quoted}.due (i int) WITH (autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0)`,
      `CREATE TABLE ${quoted}.calm (i int)`,
      `CREATE TABLE ${quoted}.off (i int) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)`,
      `CREATE TABLE ${quoted}.inserted (i int) WITH (autovacuum_vacuum_insert_threshold = 5, autovacuum_vacuum_insert_scale_factor = 0)`,
      `CREATE MATERIALIZED VIEW ${quoted}.view AS SELECT 1 AS i`,
      ...flushed,
    )
    const earlier = await read(monitor)
    const { name: datname } = db
    const due = earlier('pg_autovacuum_tables_due', { datname }) ?? Number.NaN
    // Keeps autovacuum away from both, and nobody who writes.
    const holder = await session(db)
    const keep = (table: string) => `LOCK TABLE ${quoted}.${table} IN SHARE UPDATE EXCLUSIVE MODE`
    await holder.query(`BEGIN; ${keep('inserted')}; SAVEPOINT before; ${keep('due')}`)
    await execute(
      db.url,
      ...['due', 'calm', 'off'].flatMap(table => [
        `INSERT INTO ${quoted}.${table} SELECT generate_series(1, 40)`,
        `DELETE FROM ${quoted}.${table} WHERE i > 20`,
      ]),
      `INSERT INTO ${quoted}.inserted SELECT generate_series(1, 40)`,
      ...flushed,
    )
    await holder.query(`LOCK TABLE ${quoted}.due, ${quoted}.calm IN ACCESS EXCLUSIVE MODE`)
    const value = await read(monitor)
    expect(value('pg_autovacuum_tables_due', { datname })).toBe(due + 2)
    expect(value('pg_autovacuum_tables_disabled', { datname })).toBe(1)
    expect(value('pg_user_tables_count', { datname })).toBe(5)
    expect(value('pg_user_tables_dead_tuples', { datname })).toBe(60)
    expect(value('pg_stat_user_tables_n_dead_tup', { datname, schemaname, relname: 'due' })).toBe(20)
    expect(value('pg_stat_user_tables_n_tup_ins', { schemaname, relname: 'calm' })).toBe(40)
    expect(value('pg_stat_user_tables_last_vacuum', { schemaname, relname: 'due' })).toBeUndefined()
    expect(value('pg_database_xid_age', { datname })).toBeGreaterThan(0)
    expect(value('pg_database_xid_age', { datname: 'template0' })).toBeGreaterThan(0)
    expect(value('pg_autovacuum_freeze_max_age_ratio', { datname })).toBeCloseTo(
      (value('pg_database_xid_age', { datname }) ?? 0) / 200_000_000,
      4,
    )
    expect(value('pg_autovacuum_workers_max')).toBe(3)
    await holder.query('ROLLBACK TO before')
    await execute(db.url, `VACUUM ${quoted}.due`, ...flushed)
    const vacuumed = await read(monitor)
    expect(vacuumed('pg_autovacuum_tables_due', { datname })).toBe(due + 1)
    expect(vacuumed('pg_stat_user_tables_vacuum_count', { schemaname, relname: 'due' })).toBe(1)
    expect(vacuumed('pg_stat_user_tables_last_vacuum', { schemaname, relname: 'due' })).toBeGreaterThan(0)
  })

  test('a vacuum under way is seen by its table and phase', async () => {
    await using db = await createDatabase({ major })
    const monitor = await roleWith(db, 'pg_monitor')
    await execute(
      db.url,
      'CREATE TABLE "big ""t""" (i int PRIMARY KEY, filler text) WITH (autovacuum_enabled = off)',
      `INSERT INTO "big ""t""" SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i`,
      'DELETE FROM "big ""t""" WHERE i % 2 = 0',
    )
    const vacuum = await session(db)
    await vacuum.query('SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1')
    vacuum.query('VACUUM "big ""t"""').catch(() => undefined)
    await untilTrue(
      db.url,
      'SELECT count(*) = 1 FROM pg_stat_progress_vacuum WHERE datname = $1 AND heap_blks_total > 0',
      [db.name],
    )
    const value = await read(monitor)
    const labels = { datname: db.name, schemaname: 'public', relname: 'big "t"' }
    expect(value('pg_stat_progress_vacuum_heap_blks_total', labels)).toBeGreaterThan(1000)
    expect(value('pg_stat_progress_vacuum_heap_blks_vacuumed', labels)).toBe(0)
    expect(value('pg_stat_progress_vacuum_dead_tuple_bytes', labels) !== undefined).toBe(major >= 17)
    const elsewhere = new URL(monitor)
    elsewhere.pathname = '/postgres'
    const far = await read(elsewhere.href)
    expect(
      far('pg_stat_progress_vacuum_heap_blks_total', { datname: db.name, schemaname: '', relname: '' }),
    ).toBeGreaterThan(1000)
  })

  test('checkpoints, WAL and I/O have the same names on every version, and nothing a version lacks', async () => {
    await using db = await createDatabase({ major })
    const monitor = await roleWith(db, 'pg_monitor')
    const earlier = await read(monitor, SERVER)
    await execute(
      db.url,
      'CREATE TABLE t AS SELECT generate_series(1, 1000) AS i',
      ...flushed,
      'CHECKPOINT',
      ...flushed,
    )
    const { series } = await ask(monitor, SERVER)
    const value = (name: string, labels: Record<string, string> = {}) => valueIn(series, name, labels)
    const rise = (name: string) => (value(name) ?? Number.NaN) - (earlier(name) ?? Number.NaN)
    await expect
      .poll(async () => (await read(monitor, SERVER))('pg_stat_checkpointer_num_requested_total'), {
        timeout: 10_000,
      })
      .toBeGreaterThan(earlier('pg_stat_checkpointer_num_requested_total') ?? Number.NaN)
    expect(value('pg_checkpoint_write_seconds_total')).toBeGreaterThanOrEqual(0)
    expect(value('pg_checkpoint_write_seconds_total')).toBeCloseTo(
      (value('pg_stat_checkpointer_write_time_total') ?? Number.NaN) / 1000,
    )
    expect(rise('pg_stat_wal_bytes_total')).toBeGreaterThan(10_000)
    expect(value('pg_stat_bgwriter_buffers_alloc_total')).toBeGreaterThan(0)
    expect(value('pg_stat_archiver_failed_count')).toBe(0)
    expect(value('pg_stat_archiver_last_archive_age')).toBeUndefined()
    expect(value('pg_stat_database_sessions_total', { datname: db.name })).toBeGreaterThan(0)
    const there = (name: string) => series.some(one => one.name === name)
    expect(there('pg_stat_bgwriter_checkpoints_req_total')).toBe(major <= 16)
    expect(there('pg_stat_checkpointer_restartpoints_done_total')).toBe(major >= 17)
    expect(there('pg_stat_checkpointer_num_done_total')).toBe(major >= 18)
    expect(there('pg_stat_wal_write_total')).toBe(major <= 17)
    const inDatabase = (name: string) => value(name, { datname: db.name })
    expect(inDatabase('pg_stat_database_parallel_workers_launched_total')).toBe(major >= 18 ? 0 : undefined)
    const client = { backend_type: 'client backend', object: 'relation', context: 'normal' }
    if (major < 16) return expect(there('pg_stat_io_extends_total')).toBe(false)
    const [{ bytes } = { bytes: 0 }] = await query<{ bytes: number }>(
      db.url,
      `SELECT ${major >= 18 ? 'extend_bytes' : 'extends * op_bytes'}::float8 AS bytes FROM pg_stat_io
        WHERE backend_type = 'client backend' AND object = 'relation' AND context = 'normal'`,
    )
    expect(value('pg_stat_io_extends_total', client)).toBeGreaterThan(0)
    expect(value('pg_stat_io_extend_bytes_total', client)).toBeGreaterThanOrEqual(8192)
    expect(value('pg_stat_io_extend_bytes_total', client)).toBeLessThanOrEqual(bytes)
    // A checkpointer finds nothing in the buffers; there is no such thing, and so no 0 either.
    expect(value('pg_stat_io_hits_total', { ...client, backend_type: 'checkpointer' })).toBeUndefined()
  })
})

test('a role that may not see who is a worker gets no count of them, and nothing fails', async () => {
  await using db = await createDatabase()
  const value = await read(await roleWith(db), [...VACUUM, ...SERVER])
  expect(value('pg_autovacuum_workers_running')).toBeUndefined()
  expect(value('pg_autovacuum_workers_max')).toBe(3)
})

test('no more than the thirty largest tables have counters of their own', async () => {
  await using db = await createDatabase()
  await execute(
    db.url,
    `DO $$BEGIN FOR i IN 1..60 LOOP EXECUTE format('CREATE TABLE t%s (i int)', i); END LOOP; END$$`,
    'INSERT INTO t60 SELECT generate_series(1, 5000)',
    'ANALYZE t60',
  )
  const { series } = await ask(db.url, [tables])
  const live = series.filter(({ name }) => name === 'pg_stat_user_tables_n_live_tup')
  expect(live).toHaveLength(30)
  expect(live.map(({ labels }) => labels.relname)).toContain('t60')
})
