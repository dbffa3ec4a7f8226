import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { cli } from '../harness/cli.ts'
import { roleWith } from '../harness/collectors.ts'
import { handClock } from '../harness/exporter.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { folderWith, HISTORY } from '../harness/metrics-folder.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { startThrowAwayServer } from '../harness/throw-away-server.ts'

const names = (series: readonly Series[]) => [...new Set(series.map(({ name }) => name))].sort()
const isOfMigrations = (name: string) => name.startsWith('howdah_migrations_') || name.includes('checksum')
const isSteady = (name: string) => !name.startsWith('nodejs_')

/** A session that stays until the test ends. */
async function session(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

describe.each(MAJORS)('on Postgres %i', major => {
  test('while ALTER TABLE holds tables, scrapes at once never take more than three sessions, lose one collector, and have it back at once', async () => {
    await using database = await createDatabase({ major })
    const url = await roleWith(database, 'pg_monitor')
    const role = new URL(url).username
    await execute(
      database.url,
      HISTORY,
      `GRANT SELECT ON _prisma_migrations TO ${role}`,
      'CREATE TABLE orders (id serial PRIMARY KEY, total int)',
      `GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    )
    const { clock, pass } = handClock()
    const folder = await folderWith('1_a')
    const server = await serveMetrics(url, { folder, runtime: quietRuntime({ clock }) })
    const before = await scrape(server)
    expect(failedCollectors(before)).toEqual([])

    const holder = await session(database.url)
    await holder.query('BEGIN')
    for (const table of ['_prisma_migrations', 'orders'])
      await holder.query(`ALTER TABLE ${table} ADD COLUMN note text`)
    let [most, watching] = [0, true]
    const watch = (async () => {
      while (watching) {
        const sql = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1'
        const [row] = await query<{ n: number }>(database.adminUrl, sql, [role])
        most = Math.max(most, row?.n ?? 0)
      }
    })()
    for (let round = 0; round < 2; round += 1) {
      // Every tier is due, then the fast one alone.
      if (round === 0) pass(301)
      const pages = await Promise.all(Array.from({ length: 20 }, () => scrape(server)))
      for (const page of pages) {
        expect(failedCollectors(page)).toEqual(['migrations'])
        const lost = names(before).filter(name => !names(page).includes(name) && isSteady(name))
        expect(lost.filter(name => !isOfMigrations(name))).toEqual([])
        expect(lost).toContain('howdah_migrations_pending')
      }
    }
    watching = false
    await watch
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(3)
    await holder.query('ROLLBACK')
    const after = await scrape(server)
    expect(failedCollectors(after)).toEqual([])
    expect(names(before).filter(name => !names(after).includes(name) && isSteady(name))).toEqual([])
    await server.close()
    await execute(database.url, `DROP OWNED BY ${role}`)
  })
})

test.each([15, 16, 18] as const)(
  'a Postgres %i without a connection left is seen all the same; who comes new gets in where there is a reserve, or says that it did not',
  async major => {
    const releases = new ReleaseStack()
    onTestFinished(async () => expect(await releases.releaseAll()).toEqual([]))
    const reserve: Record<string, string> = major >= 16 ? { reserved_connections: '4' } : {}
    const settings = { max_connections: '60', ...reserve }
    const { url } = await startThrowAwayServer({ major, settings, volatile: true }, releases)
    await execute(
      url,
      "CREATE ROLE app LOGIN PASSWORD 'x'",
      "CREATE ROLE plain LOGIN PASSWORD 'x' IN ROLE pg_monitor",
    )
    const env = { DATABASE_URL: url, HOWDAH_MONITOR_PASSWORD: 'x' }
    const printed = await cli(['setup', 'monitor-role'], { env })
    expect(printed.stdout.includes('GRANT pg_use_reserved_connections')).toBe(major >= 16)
    expect((await cli(['setup', 'monitor-role', '--apply'], { env })).exit).toBe(0)
    const again = await cli(['setup', 'monitor-role', '--apply'], { env: { DATABASE_URL: url } })
    expect(again.stdout).toContain('Nothing to do')
    const as = (role: string) => {
      const address = new URL(url)
      ;[address.username, address.password] = [role, 'x']
      return address.href
    }
    const known = await serveMetrics(as('plain'))
    expect(failedCollectors(await scrape(known))).toEqual([])
    // The one that probes has to be there too, or it would be refused, and take a place when there is one.
    await expect
      .poll(async () => valueIn(await scrape(known), 'pg_probe_attempts_total', { path: 'direct' }))
      .toBeGreaterThan(0)

    const taken: Client[] = []
    const fill = async (): Promise<unknown> => {
      const client = new Client(as('app'))
      client.on('error', () => undefined)
      try {
        await client.connect()
      } catch (error) {
        return (error as { code?: string }).code
      }
      taken.push(client)
      return fill()
    }
    onTestFinished(async () => void (await Promise.all(taken.map(client => client.end()))))
    expect(await fill()).toBe('53300')

    const page = await scrape(known)
    expect([valueIn(page, 'pg_up'), failedCollectors(page)]).toEqual([1, []])
    const sessions = page.filter(({ name }) => name === 'pg_stat_activity_count')
    const all = sessions.reduce((sum, { value }) => sum + value, 0)
    expect(all / (valueIn(page, 'pg_connection_limit_effective') ?? 0)).toBeGreaterThan(0.95)
    expect(valueIn(page, 'pg_stat_activity_count', { datname: 'postgres', state: 'idle' })).toBe(taken.length)

    const newcomer = await scrape(await serveMetrics(as('plain')))
    expect(valueIn(newcomer, 'pg_up')).toBe(0)
    expect(newcomer.filter(({ name }) => name.startsWith('pg_stat_'))).toEqual([])
    const reserved = await scrape(await serveMetrics(as('howdah_monitor')))
    expect(valueIn(reserved, 'pg_up')).toBe(major >= 16 ? 1 : 0)
    if (major >= 16) expect(failedCollectors(reserved)).toEqual([])
  },
)

test('the role for monitoring may have as many sessions as the databases it is told of need', async () => {
  await using database = await createDatabase()
  const env = { DATABASE_URL: database.url }
  const limitFor = async (...args: string[]) => {
    const { stdout } = await cli(['setup', 'monitor-role', '--role', 'nobody_yet', ...args], { env })
    return /CONNECTION LIMIT (\d+);/.exec(stdout)?.[1]
  }
  expect(await limitFor()).toBe('5')
  // The same whichever of the databases it is run in.
  expect(await limitFor('--metrics-databases', 'a,b,a')).toBe('7')
  expect(await limitFor('--metrics-databases', `a,${database.name}`)).toBe('7')
  expect(await limitFor('--metrics-databases', 'auto')).toBe('14')
})
