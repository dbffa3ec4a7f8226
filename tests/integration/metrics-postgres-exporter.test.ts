import { spawn, spawnSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { choosePort } from '../../runner/embedded/ports.ts'
import { catalogue } from '../../runner/metrics/metrics.ts'
import { createDatabase, query } from '../harness/postgres.ts'
import { ADDED, EXCEPTIONS, LEFT_OUT, THEIR_METRICS } from './postgres-exporter-names.ts'

const ours = catalogue()
const without = (labels: readonly string[], others: readonly string[] = []) =>
  labels.filter(label => !others.includes(label)).sort()

describe('names of postgres_exporter 0.20.1', () => {
  const names = Object.keys(THEIR_METRICS)
  const same = names.filter(name => ours[name]?.type === THEIR_METRICS[name]?.type)

  test('at least 95 % of what it exports by default is in the catalogue with the same type, the rest is listed', () => {
    expect(names.length).toBeGreaterThan(95)
    expect(same.length / names.length).toBeGreaterThanOrEqual(0.95)
    expect(names.filter(name => !same.includes(name)).sort()).toEqual(Object.keys(EXCEPTIONS).sort())
  })

  test('labels are the same but for those listed as left out or added', () => {
    for (const name of same) {
      const kept = without(THEIR_METRICS[name]?.labels ?? [], LEFT_OUT[name])
      expect({ name, labels: without(ours[name]?.labels ?? [], ADDED[name]) }).toEqual({ name, labels: kept })
    }
    const listed = [...Object.keys(LEFT_OUT), ...Object.keys(ADDED)]
    expect(listed.filter(name => !same.includes(name))).toEqual([])
    for (const [name, labels] of Object.entries(ADDED))
      for (const label of labels) expect(ours[name]?.labels, name).toContain(label)
  })

  test('what is divided there can be divided here: the labels of a vacuum under way agree', () => {
    const labels = (name: string) => ours[`pg_stat_progress_vacuum_${name}`]?.labels
    for (const name of ['heap_blks_scanned', 'heap_blks_vacuumed', 'index_vacuums'])
      expect(labels(name)).toEqual(labels('heap_blks'))
    expect(labels('num_dead_tuples')).toEqual(labels('max_dead_tuples'))
  })

  test('a setting has the name it has there: dots are underscores, and the unit follows', async () => {
    await using db = await createDatabase()
    const rows = await query<{ name: string; unit: string | null }>(
      db.url,
      `SELECT name, unit FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real')`,
    )
    const theirs = rows.map(({ name, unit }) => {
      const suffix = unit === null ? '' : /^(ms|s|min|h|d)$/.test(unit) ? '_seconds' : '_bytes'
      return `pg_settings_${name}${suffix}`
    })
    const own = ['pg_settings_hash', 'pg_settings_pending_restart_count']
    const settings = Object.keys(ours).filter(name => name.startsWith('pg_settings_') && !own.includes(name))
    expect(settings.length).toBeGreaterThanOrEqual(40)
    expect(settings.filter(name => !theirs.includes(name))).toEqual([])
  })
})

const COMMAND = 'prometheus-postgres-exporter'
const installed = spawnSync(COMMAND, ['--version']).status === 0

/** What Debian's 0.11.1 exports besides, and where it is here. */
const OLDER: Readonly<Record<string, string>> = {
  pg_stat_database_active_time: 'pg_stat_database_active_time_seconds_total',
  pg_stat_database_checksum_failures: 'pg_stat_database_checksum_failures_total',
  pg_stat_database_idle_in_transaction_time: 'pg_stat_database_idle_in_transaction_time_seconds_total',
  pg_stat_database_session_time: 'pg_stat_database_session_time_seconds_total',
  pg_stat_database_sessions: 'pg_stat_database_sessions_total',
  pg_stat_database_sessions_abandoned: 'pg_stat_database_sessions_abandoned_total',
  pg_stat_database_sessions_fatal: 'pg_stat_database_sessions_fatal_total',
  pg_stat_database_sessions_killed: 'pg_stat_database_sessions_killed_total',
  postgres_exporter_build_info: 'howdah_build_info',
}
/** Of its metrics these are here in no form. */
const NOT_HERE = ['pg_stat_database_checksum_last_failure']

describe.skipIf(!installed)(`live (needs ${COMMAND}: apt-get install ${COMMAND})`, () => {
  test('what it says of a Postgres 15 is in the catalogue, with the same type where it has one', async () => {
    await using db = await createDatabase({ major: 15 })
    const port = await choosePort({ asked: 0, what: COMMAND, setting: 'nothing' })
    const process = spawn(COMMAND, [`--web.listen-address=127.0.0.1:${port}`, '--disable-settings-metrics'], {
      env: { DATA_SOURCE_NAME: `${db.url}?sslmode=disable` },
      stdio: 'ignore',
    })
    onTestFinished(async () => {
      const ended = new Promise(resolve => process.once('exit', resolve))
      process.kill()
      await ended
    })
    const page = () =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        response => response.text(),
        () => '',
      )
    await expect.poll(page, { timeout: 20_000, interval: 200 }).toContain('pg_stat_database_xact_commit')
    const types = [...(await page()).matchAll(/^# TYPE (pg_\w+|postgres_\w+) (\w+)$/gm)]
    expect(types.length).toBeGreaterThan(50)
    const missing = types.filter(([, name = '', type]) => {
      const metric = ours[OLDER[name] ?? name]
      return !metric || (type !== 'untyped' && metric.type !== type)
    })
    expect(missing.map(([, name]) => name)).toEqual(NOT_HERE)
  })
})
