import { escapeIdentifier } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { cataloguedSeries } from '../../runner/metrics/metrics.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { roleWith } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { folderWith, HISTORY } from '../harness/metrics-folder.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { LEDGER, OCCASIONAL, REPLICATION, SITUATIONAL } from './metrics-occasions.ts'

describe.each(MAJORS)('on Postgres %i', major => {
  test('a scrape gives every metric a primary without replicas has, with exactly the labels of the catalogue', async () => {
    await using database = await createDatabase({ major })
    const series = await scrape(await serveMetrics(database.url, { folder: await folderWith('1_a') }))
    expect(failedCollectors(series)).toEqual([])
    const metrics = cataloguedSeries()
    const expected = Object.keys(metrics).filter(
      name => ![REPLICATION, OCCASIONAL].some(pattern => pattern.test(name)) && !LEDGER.includes(name),
    )
    const own = series.filter(({ name }) => name in metrics)
    const always = (names: readonly string[]) => names.filter(name => !SITUATIONAL.test(name)).sort()
    expect(always([...new Set(own.map(({ name }) => name))])).toEqual(always(expected))
    for (const { name, labels } of own)
      expect(Object.keys(labels).sort()).toEqual([...(metrics[name]?.labels ?? [])].sort())
    expect(valueIn(series, 'pg_up')).toBe(1)
    expect(valueIn(series, 'pg_replication_is_replica')).toBe(0)
    expect(valueIn(series, 'pg_replication_lag_seconds')).toBe(0)
    expect(valueIn(series, 'pg_replication_streaming_replicas')).toBe(0)
    expect(series.find(({ name }) => name === 'pg_static')?.labels.short_version).toMatch(
      new RegExp(`^${major}\\.\\d+\\.0$`),
    )
    expect(valueIn(series, 'pg_database_size_bytes', { datname: database.name })).toBeGreaterThan(1_000_000)
    // The age of transaction ids is told of templates too: the server stops for whichever database comes first.
    const ofTemplates = series.filter(({ labels }) => labels.datname?.startsWith('template'))
    expect([...new Set(ofTemplates.map(({ name }) => name))].sort()).toEqual([
      'pg_autovacuum_freeze_max_age_ratio',
      'pg_database_mxid_age',
      'pg_database_xid_age',
    ])
  })

  test('a role without any privilege gets what it may see, and no made-up zeros', async () => {
    await using database = await createDatabase({ major })
    const url = await roleWith(database)
    await using other = await connect({
      url: new Secret(database.url),
      setting: 'databaseUrl',
      applicationName: 'other',
      connectTimeoutMs: 5000,
    })
    await other.run('BEGIN')
    const server = await serveMetrics(url)
    const series = await scrape(server)
    await server.close()
    expect(failedCollectors(series)).toEqual([])
    const { name: datname } = database
    expect(valueIn(series, 'pg_stat_activity_count', { datname, state: 'hidden' })).toBe(1)
    const hidden = /^pg_(stat_activity_(slow|max)|long_running|autovacuum_workers_r)/
    const known = series.filter(({ labels }) => (labels.datname ?? datname) === datname)
    expect(known.filter(({ name }) => hidden.test(name))).toEqual([])
  })
})

test('sessions are counted by their state, our own left out', async () => {
  await using database = await createDatabase()
  const options = {
    url: new Secret(database.url),
    setting: 'databaseUrl',
    applicationName: 'other',
    connectTimeoutMs: 5000,
  }
  await using idle = await connect(options)
  await using inTransaction = await connect(options)
  await idle.run('SELECT 1')
  await inTransaction.run('BEGIN')
  await inTransaction.run('SELECT 1')
  const series = await scrape(await serveMetrics(database.url))
  const { name: datname } = database
  const count = (state: string) => valueIn(series, 'pg_stat_activity_count', { datname, state })
  expect([count('idle'), count('idle in transaction'), count('active')]).toEqual([1, 1, 0])
  expect(
    valueIn(series, 'pg_stat_activity_max_tx_duration', { datname, state: 'idle in transaction' }),
  ).toBeGreaterThan(0)
  expect(valueIn(series, 'pg_stat_activity_max_idle_in_transaction_seconds', { datname })).toBeGreaterThan(0)
})

test('a database name with quotes, backslashes and line breaks arrives as it is', async () => {
  await using database = await createDatabase()
  const hostile = `${database.name} "a"} 1 \\ \\n\nb\\`
  await execute(database.adminUrl, `CREATE DATABASE ${escapeIdentifier(hostile)}`)
  onTestFinished(() => execute(database.adminUrl, `DROP DATABASE ${escapeIdentifier(hostile)} WITH (FORCE)`))
  const series = await scrape(await serveMetrics(database.url))
  expect(valueIn(series, 'pg_database_size_bytes', { datname: hostile })).toBeGreaterThan(0)
  expect(valueIn(series, 'pg_stat_activity_count', { datname: hostile, state: 'idle' })).toBe(0)
})

test('migrations are counted as applied, pending and failed', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url, { folder: await folderWith('1_a', '2_b', '3_c') })
  const counts = async () => {
    const series = await scrape(server)
    return ['applied', 'pending', 'failed'].map(state => valueIn(series, `howdah_migrations_${state}`))
  }
  expect(await counts()).toEqual([0, 3, 0])
  await execute(
    database.url,
    HISTORY,
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'x', now(), '1_a')`,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ('2', 'x', '2_b', 'ERROR')`,
  )
  expect(await counts()).toEqual([1, 1, 1])
})

test('without a database folder everything but the migrations is measured', async () => {
  await using database = await createDatabase()
  const series = await scrape(await serveMetrics(database.url))
  expect(series.filter(({ name }) => name.startsWith('howdah_migrations'))).toEqual([])
  expect(valueIn(series, 'pg_exporter_last_scrape_error')).toBe(0)
})

test('a table somebody holds under ACCESS EXCLUSIVE costs its collector and no other', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url, { folder: await folderWith('1_a') })
  await execute(database.url, HISTORY)
  await using holder = await connect({
    url: new Secret(database.url),
    setting: 'databaseUrl',
    applicationName: 'holder',
    connectTimeoutMs: 5000,
  })
  await holder.run('BEGIN')
  await holder.run('LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE')
  const blocked = await scrape(server)
  expect(failedCollectors(blocked)).toEqual(['migrations'])
  expect(valueIn(blocked, 'pg_up')).toBe(1)
  expect(valueIn(blocked, 'howdah_migrations_pending')).toBeUndefined()
  expect(valueIn(blocked, 'pg_exporter_last_scrape_error')).toBe(1)
  expect(valueIn(blocked, 'pg_database_size_bytes', { datname: database.name })).toBeGreaterThan(0)
  await holder.run('ROLLBACK')
  expect(failedCollectors(await scrape(server))).toEqual([])
})

test('the server going away and coming back is pg_up 0, then 1, with HTTP 200 throughout', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const server = await serveMetrics(proxy.throughProxy(database.url))
  expect(valueIn(await scrape(server), 'pg_up')).toBe(1)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)

  await proxy.stop()
  const down = await scrape(server)
  expect(valueIn(down, 'pg_up')).toBe(0)
  expect(down.some(({ name }) => name === 'process_cpu_seconds_total')).toBe(true)
  const readiness = await fetch(`${server.url}/readyz`)
  expect(readiness.status).toBe(503)
  expect(await readiness.text()).toContain('the connection was refused')
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)

  await proxy.resume()
  await expect.poll(async () => valueIn(await scrape(server), 'pg_up'), { timeout: 15_000 }).toBe(1)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
})

test('a server that swallows everything is pg_up 0 within the deadline of Prometheus', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const server = await serveMetrics(proxy.throughProxy(database.url))
  expect(valueIn(await scrape(server), 'pg_up')).toBe(1)
  proxy.freeze()
  const frozen = await scrape(server, { 'x-prometheus-scrape-timeout-seconds': '1' })
  expect(valueIn(frozen, 'pg_up')).toBe(0)
  expect(valueIn(frozen, 'pg_exporter_last_scrape_duration_seconds')).toBeLessThan(1)
  proxy.thaw()
  await expect.poll(async () => valueIn(await scrape(server), 'pg_up'), { timeout: 15_000 }).toBe(1)
})

test('scrapes at the same time share one collection', async () => {
  await using database = await createDatabase()
  await using proxy = await startTcpProxy(database.url)
  const server = await serveMetrics(proxy.throughProxy(database.url))
  await scrape(server)
  // The server stays silent for as long as all of them may wait, so each arrives while the first one waits.
  proxy.freeze()
  const patience = { 'x-prometheus-scrape-timeout-seconds': '2.5' }
  const scrapes = await Promise.all(Array.from({ length: 10 }, () => scrape(server, patience)))
  const counts = scrapes.map(series => valueIn(series, 'pg_exporter_scrapes_total'))
  expect(counts).toEqual(Array(10).fill(2))
})

test('sessions ended by the server between two scrapes are replaced in the next one', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url)
  await scrape(server)
  const ended = await query<{ pid: number }>(
    database.url,
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = $1 AND application_name = 'howdah/serve'`,
    [database.name],
  )
  expect(ended.length).toBeGreaterThanOrEqual(2)
  const series = await scrape(server)
  expect(valueIn(series, 'pg_up')).toBe(1)
  expect(failedCollectors(series)).toEqual([])
})

test.each(['forget', 'resetOnUse'] as const)(
  'a session that died unnoticed (%s) is replaced within the scrape that finds out',
  async death => {
    await using database = await createDatabase()
    await using proxy = await startTcpProxy(database.url)
    const server = await serveMetrics(proxy.throughProxy(database.url))
    await scrape(server)
    proxy[death]()
    const series = await scrape(server)
    expect(valueIn(series, 'pg_up')).toBe(1)
    expect(failedCollectors(series)).toEqual([])
  },
)

test('closing ends the sessions with the database', async () => {
  await using database = await createDatabase()
  const server = await serveMetrics(database.url)
  await scrape(server)
  const sessions = () =>
    query<{ n: number }>(
      database.url,
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND application_name = 'howdah/serve'`,
      [database.name],
    )
  // Two that collect, and one that probes.
  await expect.poll(sessions).toEqual([{ n: 3 }])
  await server.close()
  await expect.poll(sessions).toEqual([{ n: 0 }])
})
