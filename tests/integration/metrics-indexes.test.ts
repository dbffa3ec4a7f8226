import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { indexBuilds } from '../../runner/metrics/collectors/index-builds.ts'
import { invalidIndexes } from '../../runner/metrics/collectors/invalid-indexes.ts'
import { redundantIndexes } from '../../runner/metrics/collectors/redundant-indexes.ts'
import { sequences } from '../../runner/metrics/collectors/sequences.ts'
import { tableSizes } from '../../runner/metrics/collectors/table-sizes.ts'
import { collectWith } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'

const SCHEMA = '"s "" ü"'

async function session(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** A login role with these memberships, gone when the test ends; its URL of the database. */
async function loginRole(database: TestDatabase, ...memberships: readonly string[]): Promise<string> {
  const name = `r_${database.name}`
  await execute(database.adminUrl, `CREATE ROLE ${name} LOGIN PASSWORD 'x'`)
  onTestFinished(() => execute(database.adminUrl, `DROP ROLE ${name}`))
  for (const group of memberships) await execute(database.adminUrl, `GRANT ${group} TO ${name}`)
  return Object.assign(new URL(database.url), { username: name, password: 'x' }).href
}

describe.each(MAJORS)('on Postgres %i', major => {
  test('a sequence is measured against the narrowest column it feeds, owned or by its default', async () => {
    await using database = await createDatabase({ major })
    await execute(
      database.url,
      `CREATE SCHEMA ${SCHEMA}`,
      // The sequence is a bigint one, the columns are not.
      `CREATE SEQUENCE ${SCHEMA}.owned AS bigint`,
      `CREATE TABLE ${SCHEMA}.a (id int4 PRIMARY KEY DEFAULT nextval('${SCHEMA}.owned'))`,
      `ALTER SEQUENCE ${SCHEMA}.owned OWNED BY ${SCHEMA}.a.id`,
      `SELECT setval('${SCHEMA}.owned', 1932735282)`,
      'CREATE SEQUENCE named',
      `CREATE TABLE b (id int2 DEFAULT nextval('named'))`,
      `SELECT setval('named', 16383)`,
      'CREATE DOMAIN key AS int4',
      'CREATE SEQUENCE "of a domain"',
      `CREATE TABLE c (id key DEFAULT nextval('"of a domain"'))`,
      `SELECT setval('"of a domain"', 1288490189)`,
      'CREATE SEQUENCE falling INCREMENT -1 MINVALUE -1000 MAXVALUE -1',
      `SELECT setval('falling', -700)`,
      // None of these is near its end.
      'CREATE TABLE wide (id bigserial)',
      `SELECT setval('wide_id_seq', 2147483647)`,
      'CREATE TABLE unused (id serial)',
      'CREATE SEQUENCE cycling AS int2 CYCLE',
      `SELECT setval('cycling', 32000)`,
    )
    const series = await collectWith(sequences, database.url)
    const ratios = series
      .filter(({ name }) => name === 'pg_sequence_used_ratio')
      .map(({ labels, value }) => [labels.schemaname, labels.sequencename, value.toFixed(2)])
    expect(ratios.sort()).toEqual([
      ['public', 'falling', '0.70'],
      ['public', 'named', '0.50'],
      ['public', 'of a domain', '0.60'],
      ['s " ü', 'owned', '0.90'],
    ])
    expect(valueIn(series, 'pg_sequence_unreadable_count', { datname: database.name })).toBe(0)
  })

  test('sequences a role with pg_monitor may not read are counted and not taken for empty', async () => {
    await using database = await createDatabase({ major })
    await execute(
      database.url,
      'CREATE TABLE a (id serial)',
      'CREATE TABLE b (id serial)',
      `SELECT setval('a_id_seq', 2000000000), setval('b_id_seq', 2000000000)`,
    )
    const url = await loginRole(database, 'pg_monitor')
    const hidden = await collectWith(sequences, url)
    expect(valueIn(hidden, 'pg_sequence_unreadable_count')).toBe(2)
    expect(hidden.some(({ name }) => name === 'pg_sequence_used_ratio')).toBe(false)
    await execute(database.url, `GRANT SELECT ON SEQUENCE a_id_seq TO r_${database.name}`)
    const granted = await collectWith(sequences, url)
    await execute(database.url, `REVOKE SELECT ON SEQUENCE a_id_seq FROM r_${database.name}`)
    expect(valueIn(granted, 'pg_sequence_unreadable_count')).toBe(1)
    expect(valueIn(granted, 'pg_sequence_used_ratio', { sequencename: 'a_id_seq' })).toBeCloseTo(0.931, 3)
  })

  test('an index a failed concurrent build left is INVALID; one being built is not, also to a role that sees no progress', async () => {
    await using database = await createDatabase({ major })
    await execute(
      database.url,
      `CREATE SCHEMA ${SCHEMA}`,
      `CREATE TABLE ${SCHEMA}."t ""1" AS SELECT 1 AS a FROM generate_series(1, 2)`,
      'CREATE TABLE busy (a int)',
      'CREATE TABLE parent (a int) PARTITION BY LIST (a)',
      'CREATE TABLE child PARTITION OF parent DEFAULT',
      // INVALID by design until its partition has one.
      'CREATE INDEX incomplete ON ONLY parent (a)',
    )
    const failed = execute(database.url, `CREATE UNIQUE INDEX CONCURRENTLY "i ""1" ON ${SCHEMA}."t ""1" (a)`)
    await expect(failed).rejects.toThrow('could not create unique index')
    const left = { schemaname: 's " ü', relname: 't "1', indexrelname: 'i "1' }

    // A build waits for transactions that were there before it.
    const earlier = await session(database.url)
    await earlier.query('BEGIN')
    await earlier.query('INSERT INTO busy VALUES (1)')
    const builder = await session(database.url)
    const built = builder.query('CREATE INDEX CONCURRENTLY busy_a ON busy (a)').then(
      () => 'built',
      error => error.message,
    )
    const unfinished = () =>
      query(
        database.url,
        `SELECT 1 FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'
         AND lockers_total > 0 AND datname = current_database()`,
      )
    await expect.poll(unfinished, { timeout: 10_000 }).toHaveLength(1)
    for (const url of [database.url, await loginRole(database)]) {
      const series = await collectWith(invalidIndexes, url)
      expect(series).toEqual([
        { name: 'pg_index_invalid', labels: { datname: database.name, ...left }, value: 1 },
      ])
    }
    const [progress] = await collectWith(indexBuilds, database.url)
    expect(progress).toMatchObject({ labels: { relname: 'busy' }, value: 0 })
    expect(progress?.labels.phase).toMatch(/^waiting for/)

    await query(database.url, 'SELECT pg_cancel_backend($1)', [
      (builder as unknown as { processID: number }).processID,
    ])
    expect(await built).toMatch('canceling statement')
    await earlier.query('ROLLBACK')
    expect(await collectWith(indexBuilds, database.url)).toEqual([])
    const after = await collectWith(invalidIndexes, database.url)
    expect(after.map(({ labels }) => labels.indexrelname).sort()).toEqual(['busy_a', 'i "1'])
  })

  test('a group of duplicates is the same columns, classes, order, expression and condition', async () => {
    await using database = await createDatabase({ major })
    await execute(
      database.url,
      'CREATE TABLE t (id int PRIMARY KEY, a int, b text)',
      'INSERT INTO t SELECT i, i, i FROM generate_series(1, 40000) i',
      'CREATE INDEX t_id ON t (id)',
      'CREATE INDEX t_lower ON t (lower(b)) WHERE a > 1',
      // The same expression at another place of another text.
      'CREATE INDEX t_lower_again ON t (  lower( b ) )   WHERE   a > 1',
      // Each differs in one respect.
      'CREATE INDEX ON t (a)',
      'CREATE INDEX ON t (a DESC)',
      'CREATE INDEX ON t (a) WHERE a > 1',
      'CREATE INDEX ON t (a) WHERE a > 2',
      'CREATE INDEX ON t (a) INCLUDE (id)',
      'CREATE INDEX ON t (a, id)',
      'CREATE INDEX ON t USING hash (a)',
      'CREATE INDEX ON t (b)',
      'CREATE INDEX ON t (b text_pattern_ops)',
      'CREATE INDEX ON t (b COLLATE "C")',
      'CREATE TABLE parent (a int) PARTITION BY LIST (a)',
      'CREATE TABLE child_1 PARTITION OF parent FOR VALUES IN (1)',
      'CREATE TABLE child_2 PARTITION OF parent DEFAULT',
      // One group, whatever the number of partitions.
      'CREATE INDEX ON parent (a)',
      'CREATE INDEX ON parent (a)',
      'VACUUM ANALYZE t',
    )
    const series = await collectWith(redundantIndexes, database.url)
    expect(valueIn(series, 'pg_index_duplicate_groups', { datname: database.name })).toBe(3)
    const [size] = await query<{ n: number }>(
      database.url,
      `SELECT least(pg_relation_size('t_id'), pg_relation_size('t_pkey')) + pg_relation_size('t_lower') AS n`,
    )
    expect(valueIn(series, 'pg_index_duplicate_bytes')).toBe(Number(size?.n) + 2 * 8192)
  })

  test('nothing waits for a table that somebody holds under ACCESS EXCLUSIVE', async () => {
    await using database = await createDatabase({ major })
    await execute(
      database.url,
      'CREATE TABLE t (id serial PRIMARY KEY, a text)',
      'CREATE INDEX t_a ON t (lower(a)) WHERE id > 1',
      'CREATE INDEX t_b ON t (lower(a)) WHERE id > 1',
    )
    const holder = await session(database.url)
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE t IN ACCESS EXCLUSIVE MODE')
    const found = []
    for (const collector of [sequences, invalidIndexes, redundantIndexes, indexBuilds, tableSizes])
      found.push(...(await collectWith(collector, database.url)))
    expect(valueIn(found, 'pg_index_duplicate_groups')).toBe(1)
    expect(valueIn(found, 'pg_sequence_unreadable_count')).toBe(0)
  })
})

test('an unused index counts from 1 MiB on, and no longer once it was scanned', async () => {
  await using database = await createDatabase()
  const client = await session(database.url)
  await client.query('CREATE TABLE t (id int PRIMARY KEY, a int)')
  await client.query('INSERT INTO t SELECT i, i FROM generate_series(1, 100000) i')
  await client.query('CREATE INDEX t_a ON t (a)')
  await client.query('CREATE INDEX small ON t (a) WHERE a < 10')
  await client.query('VACUUM ANALYZE t')
  const series = await collectWith(redundantIndexes, database.url)
  const [size] = await query<{ n: number }>(database.url, `SELECT pg_relation_size('t_a') AS n`)
  expect(valueIn(series, 'pg_index_unused_count', { datname: database.name })).toBe(1)
  expect(valueIn(series, 'pg_index_unused_bytes')).toBe(Number(size?.n))
  await client.query('SELECT * FROM t WHERE a = 50')
  await client.query('SELECT pg_stat_force_next_flush()')
  await client.query('SELECT 1')
  expect(valueIn(await collectWith(redundantIndexes, database.url), 'pg_index_unused_count')).toBe(0)
})

test('of many tables the fifty largest are measured, TOAST and indexes included', async () => {
  await using database = await createDatabase()
  const small = Array.from({ length: 60 }, (_, i) => `CREATE TABLE "small ${i}" (a int);`).join('')
  await execute(
    database.url,
    small,
    'CREATE TABLE "large ""1" (id int PRIMARY KEY, a text)',
    'ALTER TABLE "large ""1" ALTER a SET STORAGE EXTERNAL',
    `INSERT INTO "large ""1" SELECT i, repeat('x', 4000) FROM generate_series(1, 200) i`,
    'VACUUM ANALYZE "large ""1"',
  )
  const series = await collectWith(tableSizes, database.url)
  const sizes = series.filter(({ name }) => name === 'pg_stat_user_tables_table_size_bytes')
  expect(sizes).toHaveLength(50)
  const [expected] = await query<{ heap: string; toast: string; indexes: string }>(
    database.url,
    `SELECT pg_relation_size(oid) AS heap, pg_relation_size(reltoastrelid) AS toast, pg_indexes_size(oid) AS indexes
       FROM pg_class WHERE relname = 'large "1'`,
  )
  const labels = { datname: database.name, schemaname: 'public', relname: 'large "1' }
  expect(valueIn(series, 'pg_stat_user_tables_table_size_bytes', labels)).toBe(
    Number(expected?.heap) + Number(expected?.toast),
  )
  expect(valueIn(series, 'pg_stat_user_tables_index_size_bytes', labels)).toBe(Number(expected?.indexes))
})
