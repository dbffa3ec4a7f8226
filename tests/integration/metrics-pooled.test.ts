import { expect, test } from 'vitest'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { examine } from '../../runner/doctor/doctor.ts'
import { valueIn } from '../harness/exposition.ts'
import { scrapeOnce } from '../harness/metrics-server.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { createDatabase, query } from '../harness/postgres.ts'

const runtime = quietRuntime()

test.skipIf(!pgbouncer)(
  'through a pooler a scrape leaves no setting behind for the application (needs pgbouncer: apt-get install pgbouncer)',
  async () => {
    await using database = await createDatabase()
    const { url } = await startTestPooler(database)
    const series = await scrapeOnce(url)
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
    const address = { url: new Secret((await startTestPooler(database)).url), setting: 'databaseUrl' }
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
