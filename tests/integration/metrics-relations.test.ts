import { describe, expect, test } from 'vitest'
import { indexUsage } from '../../runner/metrics/collectors/index-usage.ts'
import { slru } from '../../runner/metrics/collectors/slru.ts'
import { tableAges } from '../../runner/metrics/collectors/table-ages.ts'
import { tableIo } from '../../runner/metrics/collectors/table-io.ts'
import { tableScans } from '../../runner/metrics/collectors/table-scans.ts'
import { tables } from '../../runner/metrics/collectors/tables.ts'
import { walFiles } from '../../runner/metrics/collectors/wal-files.ts'
import { ask, collectWith, roleWith } from '../harness/collectors.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'

/** Statistics reach shared memory when their session is idle for a while or ends; this one makes them. */
const flushed = ['SELECT pg_stat_force_next_flush()', 'SELECT 1']

const SCHEMA = 'Sales "x" ü'
const QUOTED = '"Sales ""x"" ü"'

describe.each(MAJORS)('on Postgres %i', major => {
  test('scans and blocks of tables and indexes are those of the views, while somebody holds the table', async () => {
    await using db = await createDatabase({ major })
    const monitor = await roleWith(db, 'pg_monitor')
    await execute(
      db.url,
      `CREATE SCHEMA ${QUOTED}`,
      `CREATE TABLE ${QUOTED}.t (i int PRIMARY KEY, j int, x text)`,
      `ALTER TABLE ${QUOTED}.t ALTER x SET STORAGE EXTERNAL`,
      `CREATE INDEX t_j ON ${QUOTED}.t (j)`,
      `CREATE TABLE ${QUOTED}.bare (i int)`,
      `INSERT INTO ${QUOTED}.t SELECT i, i % 10, repeat(md5(i::text), 200) FROM generate_series(1, 300) i`,
      `INSERT INTO ${QUOTED}.bare VALUES (1)`,
      `VACUUM ANALYZE ${QUOTED}.t`,
      'SET enable_seqscan = off; SET enable_bitmapscan = off',
      `SELECT x FROM ${QUOTED}.t WHERE i = 5`,
      `SELECT x FROM ${QUOTED}.t WHERE i = 6`,
      `SELECT count(j) FROM ${QUOTED}.t WHERE j = 7`,
      ...flushed,
    )
    const [view] = await query<Record<string, number>>(
      db.url,
      `SELECT s.idx_scan::float8, s.idx_tup_fetch::float8, io.heap_blks_read::float8 AS heap_read, io.heap_blks_hit::float8 AS heap_hit,
              io.idx_blks_read::float8 AS idx_read, io.idx_blks_hit::float8 AS idx_hit, io.toast_blks_read::float8 AS toast_read,
              io.toast_blks_hit::float8 AS toast_hit, io.tidx_blks_read::float8 AS tidx_read, io.tidx_blks_hit::float8 AS tidx_hit
         FROM pg_stat_user_tables s JOIN pg_statio_user_tables io USING (relid) WHERE s.relname = 't'`,
    )
    const holder = await roleHolding(db.url, `${QUOTED}.t`)
    const { series, failures } = await ask(monitor, [tableScans, tableIo, indexUsage])
    await holder.release()
    expect(failures).toEqual({})
    const of = (name: string, labels: Record<string, string> = {}) =>
      valueIn(series, name, { datname: db.name, schemaname: SCHEMA, relname: 't', ...labels })
    expect(view?.idx_scan).toBe(3)
    expect(view?.toast_hit).toBeGreaterThan(0)
    expect(of('pg_stat_user_tables_idx_scan')).toBe(view?.idx_scan)
    expect(of('pg_stat_user_tables_idx_tup_fetch')).toBe(view?.idx_tup_fetch)
    for (const part of ['heap', 'idx', 'toast', 'tidx'])
      for (const what of ['read', 'hit'])
        expect([part, what, of(`pg_statio_user_tables_${part}_blocks_${what}`)]).toEqual([
          part,
          what,
          view?.[`${part}_${what}`],
        ])
    // Without an index there is nothing to count: absent, never 0.
    const bare = { schemaname: SCHEMA, relname: 'bare' }
    expect(valueIn(series, 'pg_statio_user_tables_heap_blocks_hit', bare)).toBeGreaterThanOrEqual(0)
    for (const name of [
      'pg_stat_user_tables_idx_scan',
      'pg_statio_user_tables_idx_blocks_hit',
      'pg_statio_user_tables_toast_blocks_hit',
    ])
      expect(valueIn(series, name, bare)).toBeUndefined()

    const scans = (indexrelname: string) => of('pg_stat_user_indexes_idx_scan_total', { indexrelname })
    expect([scans('t_pkey'), scans('t_j')]).toEqual([2, 1])
    // Read from the index alone: none of these entries was looked up in the table.
    expect(of('pg_stat_user_indexes_idx_tup_read_total', { indexrelname: 't_j' })).toBe(30)
    const now = Date.now() / 1000
    const recent = (value: number | undefined) =>
      value === undefined ? undefined : Math.abs(now - value) < 120
    const known = major >= 16 ? true : undefined
    expect(recent(of('pg_stat_user_indexes_last_idx_scan_timestamp_seconds', { indexrelname: 't_j' }))).toBe(
      known,
    )
    expect(recent(of('pg_stat_user_tables_last_idx_scan_timestamp_seconds'))).toBe(known)
    expect(recent(of('pg_stat_user_tables_last_seq_scan_timestamp_seconds'))).toBe(known)
    expect(of('pg_stat_user_tables_n_tup_newpage_upd')).toBe(major >= 16 ? 0 : undefined)
    const seconds = of('pg_stat_user_tables_vacuum_time_seconds_total')
    if (major >= 18) expect(seconds).toBeGreaterThan(0)
    else expect(seconds).toBeUndefined()
  })

  test('the oldest tables are told, a table that was frozen is not among them', async () => {
    await using db = await createDatabase({ major })
    await execute(db.url, 'CREATE TABLE old (i int, x text)', 'CREATE TABLE frozen (i int)')
    await execute(
      db.url,
      'DO $$ BEGIN FOR i IN 1..30 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$',
    )
    const others = await query<{ name: string }>(
      db.url,
      `SELECT c.oid::regclass::text AS name FROM pg_class c
        WHERE c.relkind IN ('r', 'm') AND c.relname <> 'old' AND NOT c.relisshared`,
    )
    await execute(db.url, ...others.map(({ name }) => `VACUUM (FREEZE) ${name}`))
    const [expected] = await query<{ age: number }>(
      db.url,
      `SELECT age(relfrozenxid)::float8 AS age FROM pg_class WHERE relname = 'old'`,
    )
    const series = await collectWith(tableAges, await roleWith(db))
    const age = (relname: string) =>
      valueIn(series, 'pg_table_xid_age', { datname: db.name, schemaname: 'public', relname })
    expect(series).toHaveLength(20)
    expect(age('old')).toBeGreaterThanOrEqual(expected?.age ?? Number.NaN)
    expect(age('old')).toBeGreaterThan(30)
    expect(age('frozen') ?? 0).toBeLessThan(age('old') ?? 0)
  })

  test('WAL files are counted as they lie on disk, and absent for a role that may not list them', async () => {
    await using db = await createDatabase({ major })
    const [disk] = await query<{ segments: number; bytes: number }>(
      db.url,
      `SELECT count(*)::float8 AS segments, sum(size)::float8 AS bytes FROM pg_ls_waldir() WHERE length(name) = 24`,
    )
    const files = async (url: string) => {
      const series = await collectWith(walFiles, url)
      return ['pg_wal_segments', 'pg_wal_size_bytes', 'pg_wal_archive_ready_count'].map(name =>
        valueIn(series, name),
      )
    }
    const [segments, bytes, ready] = await files(await roleWith(db, 'pg_monitor'))
    // Other tests write to the same log meanwhile.
    expect(segments).toBeGreaterThanOrEqual(disk?.segments ?? Number.NaN)
    expect(bytes).toBe((segments ?? 0) * 16 * 2 ** 20)
    expect(ready).toBe(0)
    expect(await files(await roleWith(db))).toEqual([undefined, undefined, undefined])
  })

  test('the caches of transaction states have the same names on every version', async () => {
    await using db = await createDatabase({ major })
    const before = await collectWith(slru, await roleWith(db))
    const names = before.filter(({ name }) => name === 'pg_stat_slru_blks_hit_total')
    expect(names.map(({ labels }) => labels.name).sort()).toEqual([
      'commit_timestamp',
      'multixact_member',
      'multixact_offset',
      'notify',
      'other',
      'serializable',
      'subtransaction',
      'transaction',
    ])
    await execute(db.url, 'LISTEN a', `NOTIFY a, 'x'`, ...flushed)
    const touched = (series: readonly Series[]) =>
      (valueIn(series, 'pg_stat_slru_blks_hit_total', { name: 'notify' }) ?? 0) +
      (valueIn(series, 'pg_stat_slru_blks_read_total', { name: 'notify' }) ?? 0)
    expect(touched(await collectWith(slru, db.url))).toBeGreaterThan(touched(before))
  })
})

test('a small table with many dead rows has its series beside thirty large ones', async () => {
  await using db = await createDatabase()
  const large = Array.from({ length: 55 }, (_, i) => `CREATE TABLE large_${i} (i int)`)
  await execute(
    db.url,
    ...large,
    'CREATE TABLE small (i int) WITH (autovacuum_enabled = off)',
    'CREATE TABLE calm (i int)',
    'INSERT INTO small SELECT i FROM generate_series(1, 10000) i',
    'DELETE FROM small',
    `UPDATE pg_class SET relpages = 1000 WHERE relname LIKE 'large_%'`,
    `UPDATE pg_class SET relpages = 0 WHERE relname IN ('small', 'calm')`,
    ...flushed,
  )
  const { series, failures } = await ask(db.url, [tables, tableScans, tableIo])
  expect(failures).toEqual({})
  const names = (metric: string) =>
    series.filter(({ name }) => name === metric).map(({ labels }) => labels.relname)
  for (const metric of [
    'pg_stat_user_tables_n_dead_tup',
    'pg_statio_user_tables_heap_blocks_hit',
    'pg_stat_user_tables_n_tup_newpage_upd',
  ]) {
    expect(names(metric)).toHaveLength(31)
    expect(names(metric)).toContain('small')
    expect(names(metric)).not.toContain('calm')
  }
  expect(valueIn(series, 'pg_stat_user_tables_n_dead_tup', { relname: 'small' })).toBe(10_000)
})

/** Somebody who has the table under ACCESS EXCLUSIVE until released. */
async function roleHolding(url: string, table: string) {
  const { Client } = await import('pg')
  const client = new Client(url)
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return { release: () => client.end() }
}
