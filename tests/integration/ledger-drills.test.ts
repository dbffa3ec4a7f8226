import { describe, expect, test } from 'vitest'
import { expectationsOf } from '../../runner/config/expectations.ts'
import {
  beginBackfill,
  endBackfill,
  pauseBackfill,
  recordBatch,
  recordBatchError,
} from '../../runner/ledger/backfills.ts'
import { beginDrill, endDrill } from '../../runner/ledger/drills.ts'
import { forgetRecords } from '../../runner/ledger/forget-records.ts'
import { backfills } from '../../runner/metrics/collectors/backfills.ts'
import { drills } from '../../runner/metrics/collectors/drills.ts'
import { expectations as targets } from '../../runner/metrics/collectors/expectations.ts'
import { ask } from '../harness/collectors.ts'
import { valueIn } from '../harness/exposition.ts'
import { createDatabase, execute, MAJORS, query } from '../harness/postgres.ts'
import { killedAfter, ordinaryOwner, runnerSession } from '../harness/records.ts'

const TARGETS = expectationsOf({ drillTargets: ['region-loss=4h:15m'] })

/** A reader of the metrics of drills and backfills, by the rest of their names. */
async function told(url: string) {
  const { series, failures } = await ask(url, [targets, drills, backfills], { expectations: TARGETS })
  expect(failures).toEqual({})
  return {
    drill: (name: string, scenario = 'region-loss') =>
      valueIn(series, `howdah_dr_drill_${name}`, { scenario }),
    backfill: (name: string, backfill = 'names', labels: Record<string, string> = {}) =>
      valueIn(series, `howdah_backfill_${name}`, { backfill, ...labels }),
  }
}

describe.each(MAJORS)('on Postgres %i', major => {
  test('drills: what was measured, also of one that failed; one that was killed has not passed', async () => {
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    const none = await told(url)
    expect([none.drill('target_rto_seconds'), none.drill('target_rpo_seconds')]).toEqual([14_400, 900])
    expect([none.drill('last_status'), none.drill('last_timestamp_seconds')]).toEqual([undefined, undefined])

    const session = await runnerSession(url)
    const first = await beginDrill(session, 'region-loss')
    expect((await told(url)).drill('last_status')).toBeUndefined()
    await endDrill(session, first, { outcome: 'passed', rtoSeconds: 1800.5, rpoSeconds: 12 })
    const { drill } = await told(url)
    expect(['last_status', 'last_rto_seconds', 'last_rpo_seconds'].map(name => drill(name))).toEqual([
      1, 1800.5, 12,
    ])
    const second = await beginDrill(session, 'region-loss')
    expect((await told(url)).drill('last_status')).toBe(1)
    await endDrill(session, second, { outcome: 'failed', errorCode: 'no-writes', rpoSeconds: 5 })
    const failed = await told(url)
    expect(['last_status', 'last_rto_seconds', 'last_rpo_seconds'].map(name => failed.drill(name))).toEqual([
      0,
      undefined,
      5,
    ])
    await killedAfter(url, { beginDrill: 'ledger/drills.ts' }, `await beginDrill(connection, 'deletion')`)
    await expect.poll(async () => (await told(url)).drill('last_status', 'deletion')).toBe(0)
    expect((await told(url)).drill('last_timestamp_seconds', 'deletion')).toBeUndefined()
    // The next one gives the killed one its end.
    await endDrill(session, await beginDrill(session, 'deletion'), { outcome: 'passed' })
    expect(
      await query(db.url, `SELECT outcome FROM howdah.drill WHERE scenario = 'deletion' ORDER BY id`),
    ).toEqual([{ outcome: 'lost' }, { outcome: 'passed' }])
    expect(await forgetRecords(session, new Date(Date.now() + 1000))).toBe(2)
    expect((await told(url)).drill('last_status')).toBe(0)
  })

  test('backfills: a batch and its progress commit together; a pause, an error, a kill and the way on are told', async () => {
    await using db = await createDatabase({ major })
    const url = await ordinaryOwner(db)
    const session = await runnerSession(url)
    const id = await beginBackfill(session, 'names', 1000)
    const begun = await told(url)
    expect(
      [
        'running',
        'rows_done_total',
        'rows_total',
        'progress_ratio',
        'rate_rows_per_second',
        'errors_total',
      ].map(name => begun.backfill(name)),
    ).toEqual([1, 0, 1000, 0, 0, 0])
    expect(begun.backfill('eta_timestamp_seconds')).toBeUndefined()
    await session.transaction(() => recordBatch(session, id, { rows: 250, seconds: 0.5 }))
    await expect(
      session.transaction(async () => {
        await recordBatch(session, id, { rows: 250, seconds: 0.5 })
        await session.run('SELECT 1 / 0')
      }),
    ).rejects.toThrow()
    await recordBatchError(session, id)
    const { backfill } = await told(url)
    expect(
      ['rows_done_total', 'progress_ratio', 'errors_total', 'last_batch_seconds'].map(name => backfill(name)),
    ).toEqual([250, 0.25, 1, 0.5])
    expect(backfill('rate_rows_per_second')).toBeGreaterThan(0)
    expect(backfill('eta_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60)
    // An hour without a batch: 250 rows in an hour are the speed, whatever it was before.
    await execute(db.url, `UPDATE howdah.backfill SET last_batch_at = last_batch_at - interval '1 hour'`)
    expect((await told(url)).backfill('rate_rows_per_second')).toBeLessThanOrEqual(250 / 3600)

    await pauseBackfill(session, id, 'lag')
    const paused = await told(url)
    expect(['lag', 'locks', 'load'].map(reason => paused.backfill('paused', 'names', { reason }))).toEqual([
      1, 0, 0,
    ])
    const other = await runnerSession(url)
    await expect(beginBackfill(other, 'names', 1000)).rejects.toMatchObject({ code: 'backfill-running' })
    await session.close()
    await expect.poll(async () => (await told(url)).backfill('running')).toBe(0)
    const killed = await told(url)
    expect(
      ['last_status', 'rows_done_total', 'rate_rows_per_second'].map(name => killed.backfill(name)),
    ).toEqual([0, 250, 0])
    expect(killed.backfill('paused', 'names', { reason: 'lag' })).toBe(0)

    expect(await beginBackfill(other, 'names', 1000)).toBe(id)
    await other.transaction(() => recordBatch(other, id, { rows: 750, seconds: 0.1 }))
    expect((await told(url)).backfill('last_status')).toBeUndefined()
    await endBackfill(other, id, { outcome: 'done' })
    const done = await told(url)
    expect(
      ['running', 'last_status', 'rows_done_total', 'progress_ratio', 'errors_total'].map(name =>
        done.backfill(name),
      ),
    ).toEqual([0, 1, 1000, 1, 1])
    await expect(endBackfill(other, id, { outcome: 'failed' })).rejects.toMatchObject({
      code: 'record-closed',
    })
  })
})

test('a backfill that nobody counted has no progress and no end in sight', async () => {
  await using db = await createDatabase()
  const session = await runnerSession(db.url)
  const id = await beginBackfill(session, 'names')
  await recordBatch(session, id, { rows: 10, seconds: 1 })
  const { backfill } = await told(db.url)
  expect(
    ['rows_done_total', 'rows_total', 'progress_ratio', 'eta_timestamp_seconds'].map(name => backfill(name)),
  ).toEqual([10, undefined, undefined, undefined])
  await endBackfill(session, id, { outcome: 'interrupted' })
  expect((await told(db.url)).backfill('last_status')).toBe(0)
  expect(await forgetRecords(session, new Date(Date.now() + 1000))).toBe(0)
})
