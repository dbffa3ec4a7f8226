import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { examine } from '../../runner/doctor/doctor.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import { chooseServerUser, giveTo } from '../../runner/embedded/server-user.ts'
import { findPgBouncer, startPooler } from '../../runner/local/pooler.ts'
import { startMetricsServer } from '../../runner/metrics/metrics.ts'
import { connect } from '../../runner/postgres/connect.ts'
import { parseExposition, valueIn } from '../harness/exposition.ts'
import { createDatabase, query, type TestDatabase } from '../harness/postgres.ts'

const path = env.PATH ?? ''
const pgbouncer = await findPgBouncer(path).catch(() => undefined)
const runtime = quietRuntime()
const options = (url: string) => ({
  url: new Secret(url),
  setting: 'databaseUrl',
  applicationName: 'test',
  connectTimeoutMs: 5000,
})

/** PgBouncer in transaction mode before the test's server; the database's URL by way of it. */
async function pooled(database: TestDatabase): Promise<string> {
  const user = await chooseServerUser()
  const place = await mkdtemp(join(tmpdir(), 'howdah-pooler-'))
  for (const folder of ['', 'pooler', 'logs']) {
    await mkdir(join(place, folder), { recursive: true })
    await giveTo(user, join(place, folder))
  }
  const port = await choosePort({ asked: 0, what: 'a test pooler', setting: 'nothing' })
  const direct = new URL(database.url)
  const url = Object.assign(new URL(database.url), { port: String(port) }).href
  await using connection = await connect(options(database.url))
  const server = await startPooler(
    connection,
    {
      place,
      user,
      port,
      postgresPort: Number(direct.port),
      role: direct.username,
      client: options(url),
      path,
    },
    runtime,
  )
  onTestFinished(async () => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  })
  return url
}

test.skipIf(!pgbouncer)(
  'through a pooler a scrape leaves no setting behind for the application (needs pgbouncer: apt-get install pgbouncer)',
  async () => {
    await using database = await createDatabase()
    const url = await pooled(database)
    const server = await startMetricsServer({
      url: new Secret(url),
      setting: 'databaseUrl',
      connectTimeoutMs: 5000,
      scrapeTimeoutMs: 5000,
      host: '127.0.0.1',
      port: 0,
      folder: undefined,
      version: '0.0.0-test',
      runtime,
    })
    onTestFinished(() => server.close())
    const series = parseExposition(await (await fetch(`${server.url}/metrics`)).text())
    expect(valueIn(series, 'pg_up')).toBe(1)
    expect(valueIn(series, 'pg_exporter_last_scrape_error')).toBe(0)
    const settings = await query(
      url,
      `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
              current_setting('default_transaction_read_only') AS read_only`,
    )
    expect(settings).toEqual([{ statement: '0', lock: '0', read_only: 'off' }])
  },
)

test.skipIf(!pgbouncer)(
  'the doctor tells a pooler from the server itself (needs pgbouncer: apt-get install pgbouncer)',
  async () => {
    await using database = await createDatabase()
    const address = { url: new Secret(await pooled(database)), setting: 'databaseUrl' }
    const statusOf = async (direct: typeof address, application?: typeof address) => {
      const { findings } = await examine({ direct, application, connectTimeoutMs: 5000, runtime })
      const pick = (key: string) => findings.find(finding => finding.key === key)
      return [pick('pooler.direct')?.status, pick('pooler.application')?.sentence]
    }
    expect(await statusOf(address)).toEqual(['problem', undefined])
    expect(await statusOf({ url: new Secret(database.url), setting: 'directUrl' }, address)).toEqual([
      'ok',
      expect.stringContaining('through a pooler'),
    ])
  },
)
