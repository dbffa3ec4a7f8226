import { describe, expect, onTestFinished, test } from 'vitest'
import { THRESHOLDS } from '../../monitoring/rules/thresholds.ts'
import { beginBackfill, endBackfill, pauseBackfill, recordBatch } from '../../runner/ledger/backfills.ts'
import { beginVerification, endVerification } from '../../runner/ledger/backup-verifications.ts'
import { beginBackup, endBackup, removeBackups } from '../../runner/ledger/backups.ts'
import { beginDrill, endDrill } from '../../runner/ledger/drills.ts'
import { ensureLedger } from '../../runner/ledger/ledger-schema.ts'
import type { Connection } from '../../runner/postgres/connect.ts'
import { cli } from '../harness/cli.ts'
import { untilTrue } from '../harness/collectors.ts'
import { createDatabase, execute, MAJORS, type Major, type TestDatabase } from '../harness/postgres.ts'
import { killedAfter, runnerSession } from '../harness/records.ts'
import { ask, questionsNamed, states } from './runbooks-questions.ts'
import { monitorUrl, session } from './runbooks-troubled-database.ts'

const SHOP = { cluster: 'shop', type: 'logical' } as const
const QUESTIONS = questionsNamed('backups', 'backup-verifications', 'drills', 'backfills')

interface Recorded {
  readonly db: TestDatabase
  /** Works on the records, and is alive. */
  readonly runner: Connection & { readonly pid: number }
  /** As the role that `howdah setup monitor-role` makes. */
  readonly url: string
}

/** A database with an empty ledger, until the test ends. */
async function startRecorded(major: Major): Promise<Recorded> {
  const db = await createDatabase({ major })
  const role = `r_${db.name}`
  onTestFinished(async () => {
    await db[Symbol.asyncDispose]()
    await execute(db.adminUrl, `DROP ROLE ${role}`)
  })
  const runner = await runnerSession(db.url)
  await ensureLedger(runner)
  const { pid } = await runner.row<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return { db, runner: Object.assign(runner, { pid }), url: await monitorUrl(db.url, role) }
}

const told = async (url: string, name: string) => {
  const answers = await ask(url, questionsNamed(name))
  expect(states(answers)).toEqual({})
  return answers.get(name)?.rows ?? []
}

/** Begins a record in a process and kills that; the server may take a moment to see it. */
const killed = (url: string, file: string, name: string, args: string) =>
  killedAfter(url, { [name]: file }, `await ${name}(connection, ${args})`)

describe.each(MAJORS)('the questions to the record, on Postgres %i', major => {
  test('name the backup that failed, the one that was killed and the one under way, and how old the last good one is', async () => {
    const { db, runner, url } = await startRecorded(major)
    expect(await told(url, 'backups')).toEqual([])
    const good = await beginBackup(runner, SHOP)
    await endBackup(runner, good, {
      outcome: 'succeeded',
      sizeBytes: 5 * 2 ** 30,
      keptUntil: new Date('2030-01-02T03:04:05Z'),
    })
    await execute(
      db.url,
      `UPDATE howdah.backup SET started_at = now() - interval '31 h', finished_at = now() - interval '30 h'`,
    )
    const bad = await beginBackup(runner, SHOP)
    await endBackup(runner, bad, { outcome: 'failed', errorCode: 'disk-full' })
    const running = await beginBackup(runner, SHOP)
    await killed(db.url, 'ledger/backups.ts', 'beginBackup', "{ cluster: 'other', type: 'rds_auto' }")
    await expect
      .poll(async () => (await told(url, 'backups')).find(({ cluster }) => cluster === 'other'))
      .toMatchObject({ ended: 'killed', pid: null, took: null, good_ago: null })

    // What has no good one at all comes first.
    const [other, ...shop] = await told(url, 'backups')
    expect(other?.cluster).toBe('other')
    expect(shop).toMatchObject([
      { id: `${running}`, ended: 'under way', pid: `${runner.pid}`, error_code: null },
      { id: `${bad}`, ended: 'failed', error_code: 'disk-full', pid: null },
      { id: `${good}`, ended: 'succeeded', took: '01:00:00', size: '5120 MB', removed: null },
    ])
    for (const { good_ago } of shop) expect(good_ago).toMatch(/^1 day 06:00:/)
    await removeBackups(runner, [good])
    expect((await told(url, 'backups')).map(({ good_ago }) => good_ago)).toEqual([null, null, null, null])
  })

  test('name the verification that failed, and what is proved all the same', async () => {
    const { db, runner, url } = await startRecorded(major)
    expect(await told(url, 'backup-verifications')).toEqual([])
    const verify = async (takenAt: string, end: Parameters<typeof endVerification>[2]) => {
      const id = await beginVerification(runner, { ...SHOP, takenAt: new Date(takenAt) })
      await endVerification(runner, id, end)
    }
    await verify('2026-01-01T00:00:00Z', { outcome: 'passed' })
    await execute(db.url, `UPDATE howdah.backup_verification SET finished_at = now() - interval '9 days'`)
    await verify('2026-01-02T00:00:00Z', { outcome: 'unverifiable', errorCode: 'tool-missing' })
    await verify('2026-01-03T00:00:00Z', { outcome: 'failed', errorCode: 'rows-differ' })
    await beginVerification(runner, { ...SHOP, takenAt: new Date('2026-01-04T00:00:00Z') })
    await killed(
      db.url,
      'ledger/backup-verifications.ts',
      'beginVerification',
      "{ cluster: 'other', type: 'rds_auto', takenAt: new Date(0) }",
    )
    await expect
      .poll(async () => (await told(url, 'backup-verifications'))[0])
      .toMatchObject({ cluster: 'other', ended: 'killed', passed_ago: null, proved_taken: null })
    const [, ...shop] = await told(url, 'backup-verifications')
    expect(shop).toMatchObject([
      { ended: 'under way', pid: `${runner.pid}` },
      { ended: 'failed', error_code: 'rows-differ' },
      { ended: 'unverifiable', error_code: 'tool-missing' },
      { ended: 'passed', error_code: null },
    ])
    for (const { passed_ago, proved_taken } of shop) {
      expect(passed_ago).toMatch(/^9 days/)
      expect(new Date(proved_taken ?? '')).toEqual(new Date('2026-01-01T00:00:00Z'))
    }
  })

  test('name the drill that failed, and the scenario that is overdue: one that was killed is no drill', async () => {
    const { db, runner, url } = await startRecorded(major)
    expect(await told(url, 'drills')).toEqual([])
    const old = await beginDrill(runner, 'region-loss')
    await endDrill(runner, old, { outcome: 'passed', rtoSeconds: 3600, rpoSeconds: 90 })
    await execute(
      db.url,
      `UPDATE howdah.drill SET finished_at = now() - interval '1 s' * ${THRESHOLDS.drillAgeSeconds.value + 60}`,
    )
    const recent = await beginDrill(runner, 'table-dropped')
    await endDrill(runner, recent, { outcome: 'failed', errorCode: 'restore-failed', rtoSeconds: 7200 })
    await execute(
      db.url,
      `UPDATE howdah.drill SET finished_at = now() - interval '1 s' * ${THRESHOLDS.drillAgeSeconds.value - 60} WHERE id = ${recent}`,
    )
    await killed(db.url, 'ledger/drills.ts', 'beginDrill', "'region-loss'")
    await killed(db.url, 'ledger/drills.ts', 'beginDrill', "'never-done'")
    await expect
      .poll(async () => (await told(url, 'drills')).filter(({ ended }) => ended === 'killed'))
      .toHaveLength(2)
    expect(await told(url, 'drills')).toMatchObject([
      { scenario: 'never-done', ended: 'killed', overdue: 't', rehearsed_ago: null },
      { scenario: 'region-loss', ended: 'killed', overdue: 't', rto: null },
      { scenario: 'region-loss', ended: 'passed', overdue: 't', rto: '01:00:00', rpo: '00:01:30' },
      {
        scenario: 'table-dropped',
        ended: 'failed',
        error_code: 'restore-failed',
        overdue: 'f',
        rto: '02:00:00',
        rpo: null,
      },
    ])
    const again = await beginDrill(runner, 'region-loss')
    expect((await told(url, 'drills')).find(({ id }) => id === `${again}`)).toMatchObject({
      ended: 'under way',
      pid: `${runner.pid}`,
      overdue: 't',
    })
  })

  test('name the backfill that is stalled and whom it waits for, before those that failed, hold still or get on', async () => {
    const { db, runner, url } = await startRecorded(major)
    expect(await told(url, 'backfills')).toEqual([])
    const failed = await beginBackfill(runner, 'failed')
    await endBackfill(runner, failed, { outcome: 'failed', errorCode: '23505' })
    const done = await beginBackfill(runner, 'done', 10)
    await recordBatch(runner, done, { rows: 10, seconds: 1 })
    await endBackfill(runner, done, { outcome: 'done' })
    const [stuck, pausing] = [await runnerSession(db.url), await runnerSession(db.url)]
    const stalled = await beginBackfill(stuck, 'stalled', 200)
    await recordBatch(stuck, stalled, { rows: 50, seconds: 1 })
    const paused = await beginBackfill(pausing, 'paused')
    await pauseBackfill(pausing, paused, 'lag')
    await killed(db.url, 'ledger/backfills.ts', 'beginBackfill', "'killed'")
    await execute(
      db.url,
      `UPDATE howdah.backfill SET started_at = started_at - interval '1 h', last_batch_at = last_batch_at - interval '16 min'`,
      'CREATE TABLE names (id int); INSERT INTO names VALUES (1)',
    )
    await beginBackfill(runner, 'under way')
    const blocker = await session(db.url)
    await blocker.query('BEGIN; LOCK TABLE names')
    const { pid } = await stuck.row<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const batch = stuck.run('UPDATE names SET id = 2')
    await untilTrue(db.url, 'SELECT wait_event_type = $2 FROM pg_stat_activity WHERE pid = $1', [pid, 'Lock'])
    await expect
      .poll(async () => (await told(url, 'backfills')).map(({ state }) => state))
      .toEqual(['stalled', 'killed', 'failed', 'paused', 'under way', 'done'])
    const rows = await told(url, 'backfills')
    expect(rows[0]).toMatchObject({
      name: 'stalled',
      pid: `${pid}`,
      blocked_by: `{${blocker.processID}}`,
      wait: 'Lock: relation',
      rows_done: '50',
      rows_total: '200',
      percent: '25.0',
      since_batch: expect.stringMatching(/^00:16:/),
    })
    expect(rows[1]).toMatchObject({ name: 'killed', pid: null })
    expect(rows[2]).toMatchObject({ name: 'failed', error_code: '23505' })
    expect(rows[3]).toMatchObject({ name: 'paused', paused: 'lag' })
    await blocker.query('ROLLBACK')
    await batch
    await recordBatch(stuck, stalled, { rows: 1, seconds: 1 })
    expect((await told(url, 'backfills')).find(({ name }) => name === 'stalled')?.state).toBe('under way')
  })
})

test('--diagnose shows the failed backup to the role for monitoring, on a page and as JSON', async () => {
  const { runner, url } = await startRecorded(18)
  const id = await beginBackup(runner, SHOP)
  await endBackup(runner, id, { outcome: 'failed', errorCode: 'disk-full' })
  const env = { DATABASE_URL: url }
  const { exit, stdout, stderr } = await cli(['runbook', 'PgBackupFailed', '--diagnose'], { env })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  expect(stdout).toContain('backups: how the last backups on record of each kind ended')
  expect(stdout).toMatch(new RegExp(`^  shop +logical +${id} +\\S+ \\S+ +failed +disk-full`, 'm'))
  for (const name of [
    'PgBackupNeverSeen',
    'PgBackupStale',
    'PgBackupUnverified',
    'PgDrDrillOverdue',
    'PgBackfillFailed',
    'PgBackfillStalled',
  ]) {
    const answer = await cli(['runbook', name, '--diagnose', '--json'], { env })
    expect(answer.exit, answer.stdout).toBe(0)
    const { answers } = JSON.parse(answer.stdout)
    expect(
      QUESTIONS.map(({ name }) => name),
      name,
    ).toContain(answers[0].question)
  }
})

test('a database without a record says so, and no row would not be the truth', async () => {
  await using db = await createDatabase()
  const { exit, stdout } = await cli(['runbook', 'PgDrDrillOverdue', '--diagnose'], {
    env: { DATABASE_URL: db.url },
  })
  expect(exit).toBe(4)
  expect(stdout).toMatch(/^drills: .*\n {2}failed: .*howdah\.drill/m)
})
