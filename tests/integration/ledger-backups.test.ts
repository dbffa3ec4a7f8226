import { describe, expect, onTestFinished, test } from 'vitest'
import { type Expectations, expectationsOf } from '../../runner/config/expectations.ts'
import { beginVerification, endVerification } from '../../runner/ledger/backup-verifications.ts'
import { beginBackup, endBackup, removeBackups } from '../../runner/ledger/backups.ts'
import { forgetRecords } from '../../runner/ledger/forget-records.ts'
import { ensureLedger } from '../../runner/ledger/ledger-schema.ts'
import { backups } from '../../runner/metrics/collectors/backups.ts'
import { expectations as expectationsCollector } from '../../runner/metrics/collectors/expectations.ts'
import { cli } from '../harness/cli.ts'
import { ask } from '../harness/collectors.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { failedCollectors, scrape, serveMetrics } from '../harness/metrics-server.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'
import { killedAfter, ordinaryOwner, runnerSession } from '../harness/records.ts'

const SHOP = { cluster: 'shop', type: 'logical' } as const
const EXPECTED: Expectations = expectationsOf({
  expectedBackups: ['shop/logical=26h', 'rds_auto=1d'],
  backupRetention: ['shop=30d'],
})

const of =
  (series: readonly Series[]) =>
  (name: string, labels: Record<string, string> = SHOP) =>
    valueIn(series, `howdah_backup_${name}`, labels)

const told = async (url: string, expectations: Expectations | undefined = EXPECTED) => {
  const { series, failures } = await ask(url, [expectationsCollector, backups], { expectations })
  expect(failures).toEqual({})
  return of(series)
}

const now = async (url: string) =>
  (await query<{ now: number }>(url, 'SELECT extract(epoch FROM clock_timestamp())::float8 AS now'))[0]
    ?.now ?? 0

/** Waits until the sessions of a killed process are gone from the server. */
async function untilLeft(url: string) {
  const alive = async () =>
    (
      await query(
        url,
        `SELECT FROM pg_stat_activity WHERE application_name = 'howdah/test' AND datname = current_database()`,
      )
    ).length
  await expect.poll(alive).toBe(0)
}

describe.each(MAJORS)('backups on record, on Postgres %i', major => {
  test('begin, end and failure are exact gauges and counters for an ordinary owner; nothing is told without a ledger', async () => {
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    const none = await told(url)
    for (const name of ['attempts_total', 'failures_total', 'last_status', 'last_success_timestamp_seconds'])
      expect(none(name), name).toBeUndefined()
    expect([none('expected'), none('max_age_seconds')]).toEqual([1, 26 * 3600])
    expect(none('expected', { cluster: db.name, type: 'rds_auto' })).toBe(1)
    expect(none('retention_required_seconds', { cluster: 'shop' })).toBe(30 * 86_400)

    const session = await runnerSession(url)
    await ensureLedger(session)
    const born = await told(url)
    expect([born('attempts_total'), born('failures_total'), born('last_status')]).toEqual([0, 0, undefined])
    expect(born('failures_total', { cluster: db.name, type: 'rds_auto' })).toBe(0)
    expect(born('verifications_total', { ...SHOP, outcome: 'failed' })).toBe(0)

    const since = await now(url)
    const first = await beginBackup(session, SHOP)
    const begun = await told(url)
    expect([begun('attempts_total'), begun('running'), begun('last_status')]).toEqual([1, 1, undefined])
    expect(begun('last_attempt_timestamp_seconds')).toBeGreaterThanOrEqual(since)
    const keptUntil = new Date(Date.now() + 31 * 86_400_000)
    await endBackup(session, first, { outcome: 'succeeded', sizeBytes: 5_000_000_000, keptUntil })
    const good = await told(url)
    expect(
      ['attempts_total', 'failures_total', 'running', 'last_status', 'last_size_bytes'].map(name =>
        good(name),
      ),
    ).toEqual([1, 0, 0, 1, 5e9])
    expect(good('last_success_timestamp_seconds')).toBeGreaterThanOrEqual(since)
    expect(good('last_duration_seconds')).toBeGreaterThanOrEqual(0)
    expect(good('count', { cluster: 'shop' })).toBe(1)
    expect(good('retention_seconds', { cluster: 'shop' })).toBeGreaterThan(30 * 86_400)

    const second = await beginBackup(session, SHOP)
    await endBackup(session, second, { outcome: 'failed', errorCode: 'disk-full' })
    // A new exporter, which knows nothing of before, says the same.
    for (const failed of [await told(url), await told(url)]) {
      expect([failed('failures_total'), failed('last_status')]).toEqual([1, 0])
      expect(failed('last_success_timestamp_seconds')).toBe(good('last_success_timestamp_seconds'))
      expect(failed('last_size_bytes')).toBe(5e9)
    }
    await expect(endBackup(session, second, { outcome: 'succeeded' })).rejects.toMatchObject({
      code: 'record-closed',
    })
    await removeBackups(session, [first])
    const removed = await told(url)
    expect(removed('last_success_timestamp_seconds')).toBeUndefined()
    expect(removed('count', { cluster: 'shop' })).toBe(0)
  })

  test('a killed backup is no success: told at once, counted when the next begins, and its late end is refused', async () => {
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    await killedAfter(
      url,
      { beginBackup: 'ledger/backups.ts' },
      `await beginBackup(connection, ${JSON.stringify(SHOP)})`,
    )
    await untilLeft(db.url)
    const killed = await told(url)
    expect(['attempts_total', 'failures_total', 'running', 'last_status'].map(name => killed(name))).toEqual([
      1, 0, 0, 0,
    ])
    const session = await runnerSession(url)
    const next = await beginBackup(session, SHOP)
    const retried = await told(url)
    expect(['attempts_total', 'failures_total', 'running', 'last_status'].map(name => retried(name))).toEqual(
      [2, 1, 1, 0],
    )
    await expect(endBackup(session, next - 1, { outcome: 'succeeded' })).rejects.toMatchObject({
      code: 'record-closed',
    })
    await endBackup(session, next, { outcome: 'succeeded', sizeBytes: 1 })
    expect((await told(url))('last_status')).toBe(1)
  })

  test('verifications: what could not be tried has not passed, and keeps the age of what was proved', async () => {
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    const session = await runnerSession(url)
    const takenAt = new Date('2026-01-02T03:04:05Z')
    const passed = await beginVerification(session, { ...SHOP, takenAt })
    await endVerification(session, passed, { outcome: 'passed' })
    const proved = await told(url)
    expect(proved('verify_status')).toBe(1)
    expect(proved('last_verified_taken_timestamp_seconds')).toBe(takenAt.getTime() / 1000)
    for (const outcome of ['failed', 'unverifiable'] as const) {
      const id = await beginVerification(session, { ...SHOP, takenAt: new Date() })
      expect((await told(url))('verify_status')).toBe(outcome === 'failed' ? 1 : 0)
      await endVerification(session, id, { outcome, errorCode: 'tool-missing' })
      const value = await told(url)
      expect([value('verify_status'), value('verifications_total', { ...SHOP, outcome })]).toEqual([0, 1])
      expect(value('last_verified_timestamp_seconds')).toBe(proved('last_verified_timestamp_seconds'))
      expect(value('last_verified_taken_timestamp_seconds')).toBe(takenAt.getTime() / 1000)
    }
    await killedAfter(
      url,
      { beginVerification: 'ledger/backup-verifications.ts' },
      `await beginVerification(connection, { cluster: 'other', type: 'rds_auto', takenAt: new Date() })`,
    )
    await expect
      .poll(async () => (await told(url))('verify_status', { cluster: 'other', type: 'rds_auto' }))
      .toBe(0)
  })

  test('a ledger of version 3 is brought up to date by a deploy and by a backup, several at once', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    const owned = { ...db, url }
    expect(await deploy(project, owned)).toMatchObject({ exit: 0 })
    const older = () =>
      execute(
        url,
        'DROP TABLE howdah.backup, howdah.backup_verification, howdah.drill, howdah.backfill, howdah.forgotten',
        'DELETE FROM howdah.ledger_version WHERE version > 3',
      )
    await older()
    const old = await told(url)
    expect([old('failures_total'), old('expected')]).toEqual([undefined, 1])
    await project.write({ 'prisma/app/migrations/2_more/migration.sql': 'CREATE TABLE more (id int);' })
    expect(await deploy(project, owned)).toMatchObject({ exit: 0 })
    expect((await told(url))('failures_total')).toBe(0)
    await older()
    const sessions = await Promise.all([1, 2, 3, 4].map(() => runnerSession(url)))
    const ids = await Promise.all(sessions.map(session => beginBackup(session, SHOP)))
    expect(new Set(ids).size).toBe(4)
    expect((await told(url))('running')).toBe(4)
  })
})

test('old rows go and stay counted; what monitoring is told from stays, and so do backups that are still there', async () => {
  await using db = await createDatabase()
  const session = await runnerSession(db.url)
  const ended = async (end: Parameters<typeof endBackup>[2]) => {
    const id = await beginBackup(session, SHOP)
    await endBackup(session, id, end)
    return id
  }
  const failed = { outcome: 'failed', errorCode: 'x' } as const
  await ended(failed)
  const removed = await ended({ outcome: 'succeeded' })
  const kept = await ended({ outcome: 'succeeded', keptUntil: new Date(Date.now() + 86_400_000) })
  const newestGood = await ended({ outcome: 'succeeded', keptUntil: new Date(0) })
  await ended(failed)
  const newest = await ended(failed)
  await removeBackups(session, [removed])
  for (const outcome of ['passed', 'failed', 'passed', 'failed'] as const) {
    const id = await beginVerification(session, { ...SHOP, takenAt: new Date() })
    await endVerification(session, id, outcome === 'passed' ? { outcome } : { outcome, errorCode: 'x' })
  }
  const before = await told(db.url)
  expect(await forgetRecords(session, new Date(0))).toBe(0)
  expect(await forgetRecords(session, new Date(Date.now() + 1000))).toBe(5)
  const rows = await query<{ id: number }>(db.url, 'SELECT id FROM howdah.backup ORDER BY id')
  expect(rows.map(({ id }) => id)).toEqual([kept, newestGood, newest])
  expect(await query(db.url, 'SELECT FROM howdah.backup_verification')).toHaveLength(2)
  const after = await told(db.url)
  for (const name of [
    'attempts_total',
    'failures_total',
    'last_status',
    'last_success_timestamp_seconds',
    'verify_status',
    'last_verified_timestamp_seconds',
  ])
    expect([name, after(name)]).toEqual([name, before(name)])
  expect(after('failures_total')).toBe(3)
  expect(after('verifications_total', { ...SHOP, outcome: 'failed' })).toBe(2)
  expect(await forgetRecords(session, new Date(Date.now() + 1000))).toBe(0)
})

test('a failure is on the next page of an exporter that runs, a role of monitor-role sees it, and one without rights gets no zeros', async () => {
  await using db = await createDatabase()
  const session = await runnerSession(db.url)
  await ensureLedger(session)
  const role = `monitor_${db.name}`
  const setup = await cli(['setup', 'monitor-role', '--role', role, '--apply'], {
    env: { DATABASE_URL: db.url, HOWDAH_MONITOR_PASSWORD: 'x' },
  })
  expect(setup.exit, setup.stderr).toBe(0)
  onTestFinished(async () => execute(db.adminUrl, `DROP ROLE ${role}`))
  const url = new URL(db.url)
  url.username = role
  url.password = 'x'
  const server = await serveMetrics(url.href, { expectations: EXPECTED })
  expect(of(await scrape(server))('failures_total')).toBe(0)
  const id = await beginBackup(session, SHOP)
  expect(of(await scrape(server))('running')).toBe(1)
  await endBackup(session, id, { outcome: 'failed', errorCode: 'x' })
  const seen = await scrape(server)
  expect(failedCollectors(seen)).toEqual([])
  expect([of(seen)('failures_total'), of(seen)('last_status')]).toEqual([1, 0])

  await execute(db.url, `REVOKE SELECT ON howdah.backup FROM ${role}`)
  const blind = await scrape(server)
  expect(failedCollectors(blind)).toEqual(['backups'])
  expect([of(blind)('failures_total'), of(blind)('expected')]).toEqual([undefined, 1])
  await execute(db.url, `DROP OWNED BY ${role}`)
})

test('several backups of a kind at once are none of each other, and hostile names arrive as they are', async () => {
  await using db = await createDatabase()
  const subject = { cluster: `"x"'\\ü\n{a="b"}`, type: 'cross_region' } as const
  const sessions = await Promise.all([1, 2, 3].map(() => runnerSession(db.url)))
  const ids = await Promise.all(sessions.map(session => beginBackup(session, subject)))
  const [one, two, three] = sessions
  if (!one || !two || !three) throw new Error('no sessions')
  await endBackup(one, ids[0] ?? 0, { outcome: 'succeeded' })
  // Recorded by another session than the one that began it.
  await endBackup(one, ids[1] ?? 0, { outcome: 'failed', errorCode: `'; DROP TABLE howdah.backup; --` })
  await three.close()
  await expect.poll(async () => (await told(db.url))('running', subject)).toBe(0)
  const value = await told(db.url)
  expect([value('attempts_total', subject), value('failures_total', subject)]).toEqual([3, 1])
})
