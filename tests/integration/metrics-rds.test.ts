import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../runner/core/log.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import {
  awsEnvironment,
  CANARY,
  type Emulator,
  moto,
  REGION,
  startAwsFront,
  startEmulator,
  useAws,
} from '../harness/aws.ts'
import { handClock } from '../harness/exporter.ts'
import { parseExposition, type Series, valueIn } from '../harness/exposition.ts'
import { scrape, serveMetrics } from '../harness/metrics-server.ts'
import { createDatabase, type TestDatabase } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const GIB = 2 ** 30
/** No server listens on the discard port. */
const NOWHERE = 'postgresql://someone:hunter2@127.0.0.1:9/nothing'

describe.skipIf(!moto)("Amazon RDS (needs moto_server: pip install 'moto[server]')", () => {
  let aws: Emulator
  let database: TestDatabase
  beforeAll(async () => {
    ;[aws, database] = await Promise.all([startEmulator(), createDatabase()])
  })
  afterAll(async () => {
    await aws[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  /** One scrape a call of a server that watches these instances by way of `endpoint`; time passes as the test lets it. */
  async function watching(endpoint: string, instances: readonly string[], url = database.url) {
    useAws(endpoint)
    const { clock, pass } = handClock()
    let log = ''
    const write = (line: string) => {
      log += line
    }
    const logger = createLogger({
      level: 'debug',
      format: 'json',
      colours: false,
      runId: '1',
      now: () => new Date(),
      write,
    })
    const runtime = quietRuntime({ clock, log: logger })
    const server = await serveMetrics(url, { runtime, rdsInstances: instances, awsRegion: REGION })
    /** Scrapes until the page is as it should be: a page waits for AWS only so long, and this machine may be slow. */
    const until = async (holds: (series: readonly Series[]) => unknown, wanted: unknown) => {
      let series: readonly Series[] = []
      const look = async () => {
        series = await scrape(server)
        return holds(series)
      }
      await expect.poll(look, { timeout: 20_000 }).toEqual(wanted)
      return series
    }
    return { scrape: () => scrape(server), until, server, pass, log: () => log }
  }
  const upOf = (series: readonly Series[], dbidentifier: string) =>
    ['GetMetricData', 'DescribeDBInstances', 'DescribePendingMaintenanceActions'].map(api =>
      valueIn(series, 'howdah_rds_up', { dbidentifier, api }),
    )
  const counts = (series: readonly Series[], api: string) => [
    valueIn(series, 'howdah_aws_api_calls_total', { api }),
    valueIn(series, 'howdah_aws_api_errors_total', { api }),
  ]
  const freeOf = (series: readonly Series[], dbidentifier: string) =>
    valueIn(series, 'rds_free_storage_bytes', { dbidentifier })

  test('what AWS knows of two instances is on the page, asked together once a minute, and no value is made up', async () => {
    await aws.createInstance('one', { MaxAllocatedStorage: 200, BackupRetentionPeriod: 7 })
    await aws.createInstance('two', { DBInstanceClass: 'db.x9.large', BackupRetentionPeriod: 0 })
    await aws.measure('one', { FreeStorageSpace: 30 * GIB, CPUUtilization: 7.5, 'EBSIOBalance%': 99 })
    await aws.measure('two', { FreeStorageSpace: 40 * GIB })
    const front = await startAwsFront(aws)
    front.maintenance = pending('one', '<AutoAppliedAfterDate>2030-01-01T00:00:00Z</AutoAppliedAfterDate>')
    const { scrape, until, pass } = await watching(front.url, ['one', 'two', 'one'])
    await Promise.all(Array.from({ length: 20 }, scrape))
    const first = await until(series => [...upOf(series, 'one'), ...upOf(series, 'two')], Array(6).fill(1))
    expect(valueIn(first, 'pg_up')).toBe(1)
    expect([freeOf(first, 'one'), freeOf(first, 'two')]).toEqual([30 * GIB, 40 * GIB])
    const one = { dbidentifier: 'one' }
    expect(valueIn(first, 'rds_cpu_usage_percent_average', one)).toBe(7.5)
    expect(valueIn(first, 'rds_ebs_io_balance_percent_average', one)).toBe(99)
    expect(valueIn(first, 'rds_cpu_usage_percent_average', { dbidentifier: 'two' })).toBeUndefined()
    expect(valueIn(first, 'rds_swap_usage_bytes', one)).toBeUndefined()
    expect(valueIn(first, 'rds_allocated_storage_bytes', one)).toBe(100 * GIB)
    expect(valueIn(first, 'rds_max_allocated_storage_bytes', one)).toBe(200 * GIB)
    expect(valueIn(first, 'rds_max_allocated_storage_bytes', { dbidentifier: 'two' })).toBeUndefined()
    expect(valueIn(first, 'rds_allocated_disk_iops_average', one)).toBe(300)
    expect(valueIn(first, 'rds_instance_memory_bytes', one)).toBe(16 * GIB)
    expect(valueIn(first, 'rds_instance_memory_bytes', { dbidentifier: 'two' })).toBeUndefined()
    expect(valueIn(first, 'rds_instance_status', one)).toBe(1)
    expect(valueIn(first, 'rds_instance_info', { ...one, pending_maintenance: 'auto-applied' })).toBe(1)
    expect(valueIn(first, 'rds_instance_info', { dbidentifier: 'two', pending_maintenance: 'no' })).toBe(1)
    expect(valueIn(first, 'rds_backup_retention_period_seconds', { dbidentifier: 'one' })).toBe(7 * 86_400)
    expect(valueIn(first, 'rds_backup_retention_period_seconds', { dbidentifier: 'two' })).toBe(0)
    const restorable = { cluster: 'one' }
    expect(valueIn(first, 'howdah_backup_latest_restorable_timestamp_seconds', restorable)).toBeGreaterThan(
      Date.now() / 1000 - 600,
    )
    // Twenty pages and two instances: one question to CloudWatch, one about each instance.
    expect(counts(first, 'GetMetricData')).toEqual([1, 0])
    expect(counts(first, 'DescribeDBInstances')).toEqual([2, 0])

    await aws.measure('one', { FreeStorageSpace: 20 * GIB }, 0)
    pass(50)
    const second = await scrape()
    expect(freeOf(second, 'one')).toBe(30 * GIB)
    const age = { ...one, api: 'GetMetricData' }
    expect(valueIn(second, 'howdah_rds_cache_age_seconds', age)).toBeGreaterThanOrEqual(50)
    pass(10)
    const third = await until(series => freeOf(series, 'one'), 20 * GIB)
    expect(valueIn(third, 'howdah_rds_cache_age_seconds', age)).toBeLessThan(10)
    expect(counts(third, 'GetMetricData')).toEqual([2, 0])
  })

  test('it is all there while the database is away', async () => {
    await aws.createInstance('alone')
    await aws.measure('alone', { FreeStorageSpace: GIB })
    const { until } = await watching((await startAwsFront(aws)).url, ['alone'], NOWHERE)
    const series = await until(page => upOf(page, 'alone'), [1, 1, 1])
    expect([valueIn(series, 'pg_up'), freeOf(series, 'alone')]).toEqual([0, GIB])
  })

  test('the newest value counts, with the time it is of; what is older than ten minutes is none', async () => {
    await aws.createInstance('late')
    await aws.measure('late', { FreeStorageSpace: 3, SwapUsage: 8 }, 240)
    await aws.measure('late', { FreeStorageSpace: 2 }, 120)
    await aws.measure('late', { FreeStorageSpace: 1, ReadIOPS: 5 }, 700)
    const { until, pass, log } = await watching((await startAwsFront(aws)).url, ['late'])
    const series = await until(page => freeOf(page, 'late'), 2)
    expect(valueIn(series, 'rds_read_iops_average', { dbidentifier: 'late' })).toBeUndefined()
    const of = (metric: string) =>
      valueIn(series, 'howdah_rds_datapoint_timestamp_seconds', { dbidentifier: 'late', metric }) ?? 0
    // Values are averages of a minute, and its beginning is their time.
    expect(Date.now() / 1000 - of('FreeStorageSpace')).toBeGreaterThanOrEqual(119)
    expect(of('FreeStorageSpace') - of('SwapUsage')).toBeGreaterThanOrEqual(60)
    pass(800)
    const later = await until(page => [freeOf(page, 'late'), ...upOf(page, 'late')], [undefined, 0, 1, 1])
    expect(valueIn(later, 'rds_swap_usage_bytes', { dbidentifier: 'late' })).toBeUndefined()
    expect(log()).toContain('no value of the last ten minutes')
  })

  test('an identifier that does not exist is said to be unknown, and takes nothing from the others', async () => {
    await aws.createInstance('known')
    await aws.measure('known', { FreeStorageSpace: GIB })
    const front = await startAwsFront(aws)
    const { until, pass, log } = await watching(front.url, ['typo', 'known'])
    const both = (page: readonly Series[]) => [...upOf(page, 'known'), ...upOf(page, 'typo').slice(0, 2)]
    const series = await until(both, [1, 1, 1, 0, 0])
    expect(
      series.filter(({ name, labels }) => name.startsWith('rds_') && labels.dbidentifier === 'typo'),
    ).toEqual([])
    pass(60)
    await until(page => counts(page, 'DescribeDBInstances'), [4, 2])
    // Said once, not with every refresh.
    expect(log().match(/metrics\.rds-failed.*DBInstance typo not found/g)).toHaveLength(1)
  })

  test('what may not be asked is missing, everything else stays, and no credential is told', async () => {
    await aws.createInstance('closed')
    await aws.measure('closed', { FreeStorageSpace: GIB })
    const front = await startAwsFront(aws)
    front.refuse('DescribeDBInstances', {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: `The signature does not match.\n\nPOST\nx-amz-security-token:${CANARY.token}`,
    })
    front.refuse('DescribePendingMaintenanceActions', {
      status: 403,
      code: 'AccessDenied',
      message: 'it is not authorized to perform: rds:DescribePendingMaintenanceActions',
    })
    const { until, server, pass, log } = await watching(front.url, ['closed'])
    const series = await until(page => upOf(page, 'closed'), [1, 0, 0])
    expect([valueIn(series, 'pg_up'), freeOf(series, 'closed')]).toEqual([1, GIB])
    expect(series.filter(({ name }) => /^rds_(instance|allocated)|^howdah_backup_/.test(name))).toEqual([])
    expect(counts(series, 'DescribeDBInstances')[1]).toBe(1)
    expect(log()).toContain('AccessDenied: it is not authorized')
    const page = await (await fetch(`${server.url}/metrics`)).text()
    for (const secret of Object.values(CANARY)) expect(`${log()}${page}`).not.toContain(secret)

    front.accept('DescribeDBInstances')
    pass(60)
    const after = await until(page => upOf(page, 'closed'), [1, 1, 0])
    expect(valueIn(after, 'rds_instance_info', { pending_maintenance: 'unknown' })).toBe(1)
    expect(log()).toContain('metrics.rds-recovered')
  })

  test('throttling is tried again a few times and no more', async () => {
    await aws.createInstance('busy')
    await aws.measure('busy', { FreeStorageSpace: GIB })
    const front = await startAwsFront(aws)
    const throttled = { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' }
    front.refuse('GetMetricData', throttled, 1)
    const { until, pass } = await watching(front.url, ['busy'])
    const first = await until(page => freeOf(page, 'busy'), GIB)
    expect(counts(first, 'GetMetricData')).toEqual([2, 0])
    front.refuse('GetMetricData', throttled)
    pass(60)
    const second = await until(page => counts(page, 'GetMetricData'), [5, 1])
    expect(front.requests.get('GetMetricData')).toBe(5)
    expect(upOf(second, 'busy')[0]).toBe(0)
  })

  test('an endpoint that is gone takes nothing of the database; answers stay three minutes, and come back with it', async () => {
    await aws.createInstance('gone')
    await aws.measure('gone', { FreeStorageSpace: GIB })
    await using proxy = await startTcpProxy((await startAwsFront(aws)).url)
    const { scrape, until, pass } = await watching(
      proxy.throughProxy('http://127.0.0.1').replace(/\/$/, ''),
      ['gone'],
    )
    await until(page => upOf(page, 'gone'), [1, 1, 1])
    await proxy.stop()
    pass(60)
    await until(page => upOf(page, 'gone'), [0, 0, 0])
    const cached = await scrape()
    expect([valueIn(cached, 'pg_up'), freeOf(cached, 'gone')]).toEqual([1, GIB])
    pass(120)
    const without = await scrape()
    expect([valueIn(without, 'pg_up'), freeOf(without, 'gone')]).toEqual([1, undefined])
    expect(valueIn(without, 'rds_allocated_storage_bytes')).toBeUndefined()
    await proxy.resume()
    pass(60)
    await until(page => upOf(page, 'gone'), [1, 1, 1])
    expect(freeOf(await scrape(), 'gone')).toBe(GIB)
  })

  test('an endpoint that hangs holds up no page for long, and is given up', async () => {
    await aws.createInstance('silent')
    await aws.measure('silent', { FreeStorageSpace: GIB })
    await using proxy = await startTcpProxy((await startAwsFront(aws)).url)
    proxy.freeze()
    const { scrape, until, pass, log } = await watching(
      proxy.throughProxy('http://127.0.0.1').replace(/\/$/, ''),
      ['silent'],
    )
    const first = await scrape()
    // Nobody knows yet: neither up nor down.
    expect([valueIn(first, 'pg_up'), upOf(first, 'silent')]).toEqual([1, [undefined, undefined, undefined]])
    await until(page => upOf(page, 'silent'), [0, 0, 0])
    expect(log()).toContain('metrics.rds-failed')
    proxy.thaw()
    pass(60)
    await until(page => upOf(page, 'silent'), [1, 1, 1])
  })

  test('`howdah serve` takes the instances from its settings; without them AWS is not asked', async () => {
    await aws.createInstance('served')
    await aws.measure('served', { FreeStorageSpace: GIB })
    const front = await startAwsFront(aws)
    const serve = async (settings: Record<string, string>, free?: number) => {
      const env = { DATABASE_URL: NOWHERE, ...awsEnvironment(front.url), ...settings }
      await using verb = await startVerb(['serve', '--json', '--metrics-port', '0'], env)
      const url = await listening(verb)
      let page = ''
      const look = async () => {
        page = await (await fetch(`${url}/metrics`)).text()
        return freeOf(parseExposition(page), 'served')
      }
      await expect.poll(look, { timeout: 20_000 }).toBe(free)
      verb.child.kill('SIGTERM')
      expect(await verb.exited).toBe(0)
      const told = verb.stdout() + verb.stderr() + page
      for (const secret of Object.values(CANARY)) expect(told).not.toContain(secret)
      return parseExposition(page)
    }
    const without = await serve({ AWS_REGION: REGION })
    expect(without.filter(({ name }) => /^rds_|_rds_|_aws_/.test(name))).toEqual([])
    expect([...front.requests]).toEqual([])
    const served = await serve({ AWS_REGION: REGION, HOWDAH_RDS_INSTANCE: 'Served' }, GIB)
    expect(valueIn(served, 'pg_up')).toBe(0)
  })
})

const pending = (identifier: string, date: string) =>
  `<ResourcePendingMaintenanceActions><ResourceIdentifier>arn:aws:rds:${REGION}:123456789012:db:${identifier}</ResourceIdentifier><PendingMaintenanceActionDetails><PendingMaintenanceAction><Action>system-update</Action>${date}</PendingMaintenanceAction></PendingMaintenanceActionDetails></ResourcePendingMaintenanceActions>`
