import { describe, expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { Secret } from '../../runner/core/secret.ts'
import { connectionQuotas } from '../../runner/metrics/collectors/connection-quotas.ts'
import { extensions } from '../../runner/metrics/collectors/extensions.ts'
import { settings } from '../../runner/metrics/collectors/settings.ts'
import { sslConnections } from '../../runner/metrics/collectors/ssl-connections.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { readServerFacts } from '../../runner/postgres/server-facts.ts'
import { collectWith, roleWith } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

describe.each(MAJORS)('on Postgres %i', major => {
  test('each setting has the value the server has, in bytes and seconds, and -1 where there is no limit', async () => {
    await using db = await createDatabase({ major })
    const series = await collectWith(settings, db.url)
    const names = Object.keys(settings.metrics)
    expect(series.map(({ name }) => name).sort()).toEqual(names.sort())
    for (const { name, value } of series) {
      if (/_(hash|pending_restart_count)$/.test(name)) continue
      const [, setting = '', unit] = /^pg_settings_(.+?)(?:_(bytes|seconds))?$/.exec(name) ?? []
      const [row] = await query<{ number: number; raw: string; vartype: string; unit: string | null }>(
        db.url,
        // The server's own arithmetic; a setting of 8 kB pages is counted in pages.
        `SELECT reset_val AS raw, vartype, unit,
                CASE WHEN vartype = 'bool' THEN (reset_val = 'on')::int::float8
                     WHEN reset_val = '-1' OR unit IS NULL THEN reset_val::float8
                     WHEN unit ~ '^(ms|s|min|h|d)$' THEN extract(epoch FROM (reset_val || ' ' ||
                          CASE unit WHEN 'd' THEN 'days' WHEN 'h' THEN 'hours' WHEN 'min' THEN 'minutes'
                                    WHEN 's' THEN 'seconds' ELSE 'milliseconds' END)::interval)::float8
                     ELSE (reset_val::numeric * pg_size_bytes(CASE WHEN unit ~ '^[0-9]' THEN unit WHEN unit = 'B' THEN '1' ELSE '1 ' || unit END))::float8
                END AS number
           FROM pg_settings WHERE name = $1`,
        [setting],
      )
      expect({ name, value }).toEqual({ name, value: row?.number })
      const kind = !row?.unit ? undefined : /^(ms|s|min|h|d)$/.test(row.unit) ? 'seconds' : 'bytes'
      expect({ name, unit }).toEqual({ name, unit: kind })
    }
  })

  test("what this session set for itself is not taken for the server's configuration", async () => {
    await using db = await createDatabase({ major })
    await using connection = await connect({
      url: new Secret(db.url),
      setting: 'x',
      applicationName: 'test',
      connectTimeoutMs: 5000,
    })
    const facts = { ...(await readServerFacts(connection)), folder: undefined }
    const { families } = await settings.collect(connection, facts)
    await connection.run(
      `SET work_mem = '1234kB'; SET application_name = 'somebody'; SET random_page_cost = 1`,
    )
    expect((await settings.collect(connection, facts)).families).toEqual(families)
  })

  test('to a role without privileges it is unknown what waits for a restart, since it does not see all settings', async () => {
    await using db = await createDatabase({ major })
    const series = await collectWith(settings, await roleWith(db))
    expect(valueIn(series, 'pg_settings_shared_buffers_bytes')).toBe(64 * 2 ** 20)
    for (const name of ['pg_settings_hash', 'pg_settings_pending_restart_count'])
      expect(valueIn(series, name)).toBeUndefined()
    const monitor = await collectWith(settings, await roleWith(db, 'pg_monitor'))
    expect(valueIn(monitor, 'pg_settings_pending_restart_count')).toBe(0)
    expect(valueIn(monitor, 'pg_settings_hash')).toBe(
      valueIn(await collectWith(settings, db.url), 'pg_settings_hash'),
    )
  })

  test('an extension at an older version than the server would install is told of, one at its own is not', async () => {
    await using db = await createDatabase({ major })
    await execute(db.url, `CREATE EXTENSION pg_stat_statements VERSION '1.9'`, 'CREATE EXTENSION hstore')
    const of = async (url: string, extname: string) =>
      valueIn(await collectWith(extensions, url), 'pg_extension_update_available', {
        datname: db.name,
        extname,
      })
    const nobody = await roleWith(db)
    expect([await of(nobody, 'pg_stat_statements'), await of(nobody, 'hstore')]).toEqual([1, 0])
    await execute(db.url, 'ALTER EXTENSION pg_stat_statements UPDATE')
    expect(await of(nobody, 'pg_stat_statements')).toBe(0)
  })

  test('limits of databases and roles are told where there is one', async () => {
    await using db = await createDatabase({ major })
    const rolname = `limited "r" ${db.name}`
    const quoted = `"limited ""r"" ${db.name}"`
    await execute(
      db.adminUrl,
      `ALTER DATABASE ${db.name} CONNECTION LIMIT 7`,
      `CREATE ROLE ${quoted} CONNECTION LIMIT 0`,
    )
    onTestFinished(() => execute(db.adminUrl, `DROP ROLE ${quoted}`))
    const series = await collectWith(connectionQuotas, db.url)
    expect(valueIn(series, 'pg_database_connection_limit', { datname: db.name })).toBe(7)
    expect(valueIn(series, 'pg_roles_connection_limit', { rolname })).toBe(0)
    expect(
      series.filter(({ labels }) => ['postgres', 'howdah'].includes(labels.datname ?? labels.rolname ?? '')),
    ).toEqual([])
  })

  test('clients without TLS are counted, and unknown to a role that does not see them', async () => {
    await using db = await createDatabase({ major })
    const count = async (url: string, ssl: 'true' | 'false') =>
      valueIn(await collectWith(sslConnections, url), 'pg_stat_ssl_connections', { ssl })
    await using _client = await connect({
      url: new Secret(db.url),
      setting: 'x',
      applicationName: 'test',
      connectTimeoutMs: 5000,
    })
    const monitor = await roleWith(db, 'pg_monitor')
    expect(await count(monitor, 'false')).toBeGreaterThan(0)
    expect(await count(monitor, 'true')).toBe(0)
    expect(await count(await roleWith(db), 'false')).toBeUndefined()
  })
})

test('the hash changes with the configuration, and what waits for a restart is counted until it came', async () => {
  const releases = new ReleaseStack()
  onTestFinished(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })
  const server = await startThrowAwayServer({ major: 18, settings: {}, volatile: true }, releases)
  const read = async () => {
    const series = await collectWith(settings, server.url)
    const value = (name: string) => valueIn(series, `pg_settings_${name}`)
    return { hash: value('hash'), pending: value('pending_restart_count'), memory: value('work_mem_bytes') }
  }
  const reload = async (...statements: readonly string[]) => {
    await execute(server.url, ...statements, 'SELECT pg_reload_conf()')
    // The postmaster tells its children; those born afterwards know.
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  const first = await read()
  expect(await read()).toEqual(first)
  expect(first.pending).toBe(0)

  await reload(`ALTER SYSTEM SET work_mem = '5MB'`)
  const second = await read()
  expect(second).toMatchObject({ pending: 0, memory: 5 * 2 ** 20 })
  expect(second.hash).not.toBe(first.hash)

  await reload(
    `ALTER SYSTEM SET max_connections = '77'`,
    `ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`,
  )
  const third = await read()
  expect(third).toEqual({ ...second, pending: 2 })

  // A password for replication is no part of it: a hash is something to try passwords against.
  await reload(`ALTER SYSTEM SET primary_conninfo = 'host=nowhere password=canary'`)
  expect(await read()).toEqual(third)

  await server.crash()
  await server.restart()
  const last = await read()
  expect(last).toMatchObject({ pending: 0, memory: 5 * 2 ** 20 })
  expect([first.hash, third.hash]).not.toContain(last.hash)
})
