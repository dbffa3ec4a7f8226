import { createServer } from 'node:net'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'

/** One scrape a call, of a server that watches this database and these consoles. */
async function serving(url: string, ...consoles: readonly string[]): Promise<() => Promise<Series[]>> {
  const server = await serveMetrics(url, {
    poolerAdminUrls: consoles.map(text => new Secret(text)),
    connectTimeoutMs: 2000,
    scrapeTimeoutMs: 2000,
  })
  return () => scrape(server)
}

async function session(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

const hostOf = (url: string) => new URL(url).host

describe.skipIf(!pgbouncer)('PgBouncer (needs pgbouncer: apt-get install pgbouncer)', () => {
  test('a client that waits is seen with its time, and the pool as full; also while the database is away', async () => {
    await using database = await createDatabase()
    const { url, adminUrl } = await startTestPooler(database)
    await execute(adminUrl, 'SET default_pool_size = 1')
    const pooler = hostOf(adminUrl)
    const labels = { pooler, database: database.name }
    const holder = await session(url)
    const waiting = await session(url)
    await holder.query('BEGIN')
    await holder.query('SELECT 1')
    const scrape = await serving(database.url, adminUrl, adminUrl)
    const before = await scrape()
    expect(valueIn(before, 'pgbouncer_up', { pooler })).toBe(1)
    expect(valueIn(before, 'pgbouncer_pools_client_waiting_connections', labels)).toBe(0)
    expect(valueIn(before, 'pgbouncer_pools_client_maxwait_seconds', labels)).toBe(0)
    expect(valueIn(before, 'pgbouncer_pool_saturation_ratio', labels)).toBe(1)
    expect(before.find(({ name }) => name === 'pgbouncer_version_info')?.labels.version).toMatch(
      /^1\.\d+\.\d+/,
    )
    expect(valueIn(before, 'pgbouncer_config_max_client_connections', { pooler })).toBe(200)
    expect(valueIn(before, 'pgbouncer_databases_pool_size', labels)).toBe(1)
    expect(valueIn(before, 'pgbouncer_used_servers', { pooler })).toBe(1)

    const answered = waiting.query('SELECT 1')
    const waitingClients = async () =>
      valueIn(await scrape(), 'pgbouncer_pools_client_waiting_connections', labels)
    await expect.poll(waitingClients).toBe(1)
    const seconds = valueIn(await scrape(), 'pgbouncer_pools_client_maxwait_seconds', labels) ?? 0
    expect(seconds).toBeGreaterThan(0)
    expect(Number.isInteger(seconds)).toBe(false)

    const nowhere = Object.assign(new URL(database.url), { port: '1' }).href
    const without = await (await serving(nowhere, adminUrl))()
    expect(valueIn(without, 'pg_up')).toBe(0)
    expect(valueIn(without, 'pgbouncer_pools_client_waiting_connections', labels)).toBe(1)

    await holder.query('COMMIT')
    await answered
    const after = await scrape()
    expect(valueIn(after, 'pgbouncer_pools_client_waiting_connections', labels)).toBe(0)
    expect(valueIn(after, 'pgbouncer_stats_totals_client_wait_seconds_total', labels)).toBeGreaterThanOrEqual(
      seconds,
    )
  })

  test('one that is gone and one that never answers are down, the other is measured all the same, and one that returns is up again', async () => {
    await using database = await createDatabase()
    const [first, second] = [await startTestPooler(database), await startTestPooler(database)]
    const silent = createServer(socket => socket.on('error', () => undefined))
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const sockets = new Set<{ destroy(): void }>()
    silent.on('connection', socket => sockets.add(socket))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' && address ? `${address.port}` : ''
    const hanging = Object.assign(new URL(first.adminUrl), { port }).href
    const scrape = await serving(database.url, hanging, first.adminUrl, second.adminUrl)
    const up = async () => {
      const series = await scrape()
      expect(valueIn(series, 'pg_up')).toBe(1)
      return [hanging, first.adminUrl, second.adminUrl].map(url =>
        valueIn(series, 'pgbouncer_up', { pooler: hostOf(url) }),
      )
    }
    expect(await up()).toEqual([0, 1, 1])
    await second.stop()
    expect(await up()).toEqual([0, 1, 0])
    await startTestPooler(database, second.port)
    await expect.poll(up, { timeout: 15_000 }).toEqual([0, 1, 1])
  })

  test.each(['forget', 'resetOnUse'] as const)(
    'a session of the console that died unnoticed (%s) is replaced, at the latest in the scrape after the one that finds out',
    async death => {
      await using database = await createDatabase()
      const { adminUrl } = await startTestPooler(database)
      await using proxy = await startTcpProxy(adminUrl)
      const throughProxy = proxy.throughProxy(adminUrl)
      const scrape = await serving(database.url, throughProxy)
      const up = async () => valueIn(await scrape(), 'pgbouncer_up', { pooler: hostOf(throughProxy) })
      expect(await up()).toBe(1)
      proxy[death]()
      // Silence is only told from slowness when the time for it is used up; a reset is known at once.
      if (death === 'forget') expect(await up()).toBe(0)
      expect(await up()).toBe(1)
    },
  )

  test('a URL that is no console is refused at the start', async () => {
    await using database = await createDatabase()
    await expect(serving(database.url, database.url)).rejects.toMatchObject({ code: 'database-url-invalid' })
  })
})
