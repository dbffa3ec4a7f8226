import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { expectationsOf } from '../../runner/config/expectations.ts'
import { ReleaseStack } from '../../runner/core/release-stack.ts'
import { recoveryConflicts } from '../../runner/metrics/collectors/recovery-conflicts.ts'
import { slotPositions } from '../../runner/metrics/collectors/slot-positions.ts'
import { vacuumMemory } from '../../runner/metrics/collectors/vacuum-memory.ts'
import { vacuumPhases } from '../../runner/metrics/collectors/vacuum-phases.ts'
import { walFiles } from '../../runner/metrics/collectors/wal-files.ts'
import { catalogue } from '../../runner/metrics/metrics.ts'
import { ask, collectWith } from '../harness/collectors.ts'
import { startPairWhereEverythingHappens } from '../harness/everything-happens.ts'
import { valueIn } from '../harness/exposition.ts'
import { failedCollectors, scrapeOnce } from '../harness/metrics-server.ts'
import { execute, MAJORS, query } from '../harness/postgres.ts'
import type { ReplicaPair } from '../harness/replica-pair.ts'
import { LEDGER } from './metrics-occasions.ts'
import { THEIR_METRICS } from './postgres-exporter-names.ts'

const metrics = catalogue()

/** What not even here has a value, and where it has one. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  'metrics-migrations.test.ts': new RegExp(`^(${LEDGER.join('|')})$`),
  'metrics.test.ts': /^howdah_migration(s_|_checksum)/,
  'migrate-drift-gate.test.ts': /^howdah_schema_drift$/,
  'metrics-poolers.test.ts': /^pgbouncer_/,
  'metrics-rds.test.ts': /^(rds|howdah_rds|howdah_aws)_|^howdah_backup_latest_restorable_timestamp_seconds$/,
  'metrics-tiers.test.ts': /^pg_scrape_collector_pending$/,
  'process-metrics.test.ts': /^(process|nodejs)_/,
  'a subscription that receives': /^pg_stat_subscription_received_lag_bytes$/,
}

/** The metric a series belongs to: a histogram is three of them on the page. */
function metricOf(series: string): string | undefined {
  if (series in metrics) return series
  const whole = series.replace(/_(bucket|sum|count)$/, '')
  return metrics[whole]?.type === 'histogram' ? whole : undefined
}

/** The versions a help text speaks of: "from 16 on", "up to 17". */
function versionsOf(name: string): { readonly from: number; readonly upTo: number } {
  const help = metrics[name]?.help ?? ''
  const from = /\((?:from (\d+) on|(\d+) and newer)/.exec(help)
  const upTo = /\(up to (\d+)/.exec(help)
  // The view as such is new in 16.
  const least = name.startsWith('pg_stat_io_') ? 16 : 15
  return { from: Number(from?.[1] ?? from?.[2] ?? least), upTo: Number(upTo?.[1] ?? 99) }
}

test('the names, types and labels of all metrics are those that dashboards and rules were written for', async () => {
  const lines = Object.entries(metrics).map(([name, { type, labels }]) => {
    const { from, upTo } = versionsOf(name)
    const versions = MAJORS.filter(major => major >= from && major <= upTo)
    return `${name} ${type} {${labels.join(',')}} ${versions.join(' ')}`
  })
  // After an intended change: vitest --update. What leaves this list leaves somebody's dashboard.
  await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot('metrics-contract.txt')
})

describe.each(MAJORS)('on a Postgres %i with a replica, where everything happens at once', major => {
  const releases = new ReleaseStack()
  let pair: ReplicaPair
  beforeAll(async () => {
    pair = await startPairWhereEverythingHappens(major, releases)
  })
  afterAll(async () => {
    expect(await releases.releaseAll()).toEqual([])
  })

  test('every metric of the catalogue has a value, but those whose help says that this version has none', async () => {
    const pages = await Promise.all([
      scrapeOnce(pair.primary, {
        expectations: expectationsOf({ expectedReplicas: 1 }),
        scrapeTimeoutMs: 20_000,
      }),
      scrapeOnce(pair.replica, {
        expectations: expectationsOf({ expectedReplicas: 1 }),
        scrapeTimeoutMs: 20_000,
      }),
    ])
    expect(pages.map(failedCollectors)).toEqual([[], []])
    const series = pages.flat().flatMap(one => {
      const name = metricOf(one.name)
      return name === undefined ? [] : [{ ...one, name }]
    })
    const present = new Set(series.map(({ name }) => name))
    const expected = Object.keys(metrics).filter(name => {
      const { from, upTo } = versionsOf(name)
      return major >= from && major <= upTo && !Object.values(ELSEWHERE).some(there => there.test(name))
    })
    expect(expected.filter(name => !present.has(name))).toEqual([])
    const surplus = [...present].filter(
      name => !expected.includes(name) && !Object.values(ELSEWHERE).some(there => there.test(name)),
    )
    expect(surplus).toEqual([])
    for (const { name, labels } of series)
      expect({
        name,
        labels: Object.keys(labels)
          .filter(label => label !== 'le')
          .sort(),
      }).toEqual({
        name,
        labels: [...(metrics[name]?.labels ?? [])].sort(),
      })
    const theirs = Object.entries(THEIR_METRICS).filter(([name]) => name in metrics)
    const lacking = theirs.filter(([name, { upTo = 99 }]) => major <= upTo && !present.has(name))
    expect(lacking.map(([name]) => name)).toEqual([])
  })

  test('the replicas there are to be are told by the primary alone', async () => {
    const expected = async (url: string, expectedReplicas?: number) =>
      valueIn(
        await scrapeOnce(url, { expectations: expectationsOf({ expectedReplicas }) }),
        'howdah_replication_expected_replicas',
      )
    expect(await expected(pair.primary, 2)).toBe(2)
    expect(await expected(pair.primary)).toBeUndefined()
    expect(await expected(pair.replica, 2)).toBeUndefined()
  })

  test('positions of slots are those of the server, and files that wait for the archive are counted', async () => {
    const [server] = await query<{ confirmed: number; active: boolean }>(
      pair.primary,
      `SELECT (confirmed_flush_lsn - '0/0')::float8 AS confirmed, active FROM pg_replication_slots WHERE slot_name = 'decoded'`,
    )
    const series = await collectWith(slotPositions, pair.primary)
    const decoded = { slot_name: 'decoded', slot_type: 'logical' }
    const of = (name: string, labels: Record<string, string>) =>
      valueIn(series, `pg_replication_slots_slot_${name}`, labels)
    expect(of('confirmed_flush_lsn', decoded)).toBe(server?.confirmed)
    expect(of('current_wal_lsn', decoded)).toBeGreaterThan(server?.confirmed ?? Number.NaN)
    expect(of('is_active', decoded)).toBe(0)
    expect(of('is_active', { slot_name: 'howdah_replica', slot_type: 'physical' })).toBe(1)
    expect(of('confirmed_flush_lsn', { slot_name: 'howdah_replica' })).toBeUndefined()
    const files = await collectWith(walFiles, pair.primary)
    expect(valueIn(files, 'pg_wal_archive_ready_count')).toBeGreaterThan(0)
  })

  test('a vacuum under way is in one phase, and its numbers are those of the view', async () => {
    const memory = major >= 17 ? 'max_dead_tuple_bytes' : 'max_dead_tuples'
    const [view] = await query<{ blocks: number; memory: number; phase: string }>(
      pair.primary,
      `SELECT heap_blks_total::float8 AS blocks, ${memory}::float8 AS memory, phase
         FROM pg_stat_progress_vacuum WHERE relid = 'vacuumed'::regclass`,
    )
    const { series, failures } = await ask(pair.primary, [vacuumPhases, vacuumMemory])
    expect(failures).toEqual({})
    const table = { datname: 'postgres', schemaname: 'public', relname: 'vacuumed' }
    const of = (name: string) => valueIn(series, `pg_stat_progress_vacuum_${name}`, table)
    expect(view?.blocks).toBeGreaterThan(100)
    expect(of('heap_blks')).toBe(view?.blocks)
    expect(of('index_vacuums')).toBe(0)
    expect(of(memory)).toBe(view?.memory)
    const phases = series.filter(
      ({ name, labels }) => name === 'pg_stat_progress_vacuum_phase' && labels.relname === 'vacuumed',
    )
    expect(phases).toHaveLength(7)
    expect(phases.filter(({ value }) => value === 1).map(({ labels }) => labels.phase)).toEqual([view?.phase])
  })

  test('a query that replay cancels is counted under its cause', async () => {
    const conflicts = async () => {
      const series = await collectWith(recoveryConflicts, pair.replica)
      return (cause: string) =>
        valueIn(series, `pg_stat_database_conflicts_confl_${cause}`, { datname: 'postgres' })
    }
    const first = await conflicts()
    expect([first('lock'), first('snapshot')]).toEqual([0, 0])
    expect(first('active_logicalslot')).toBe(major >= 16 ? 0 : undefined)
    await execute(pair.primary, 'CREATE TABLE contested (i int)')
    const reader = new Client(pair.replica)
    reader.on('error', () => undefined)
    await reader.connect()
    onTestFinished(() => reader.end().catch(() => undefined))
    await expect
      .poll(
        () =>
          reader.query(`SELECT 'contested'::regclass`).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true)
    await reader.query('BEGIN; SELECT * FROM contested')
    await execute(pair.primary, 'DROP TABLE contested')
    await expect.poll(async () => (await conflicts())('lock'), { timeout: 20_000 }).toBe(1)
    expect((await conflicts())('snapshot')).toBe(0)
    const onPrimary = await scrapeOnce(pair.primary)
    expect(onPrimary.filter(({ name }) => name.startsWith('pg_stat_database_conflicts_'))).toEqual([])
  })
})
