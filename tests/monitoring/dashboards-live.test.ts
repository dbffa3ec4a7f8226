import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expressionsOf } from '../../monitoring/dashboards/panel.ts'
import { dashboards } from '../../monitoring/dashboards/registry.ts'
import { beginBackfill, endBackfill, recordBatch } from '../../runner/ledger/backfills.ts'
import { beginVerification, endVerification } from '../../runner/ledger/backup-verifications.ts'
import { beginBackup, endBackup } from '../../runner/ledger/backups.ts'
import { beginDrill, endDrill } from '../../runner/ledger/drills.ts'
import { ROOT } from '../architecture/source-files.ts'
import { type Asked, askedBy, marksOf, substituted } from '../harness/dashboards.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { execute, query } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { prometheusOnPath, startPrometheus } from '../harness/prometheus.ts'
import { runnerSession } from '../harness/records.ts'
import { startPair } from '../harness/replica-pair.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

/** Expressions that find nothing even so, by a part of their text, and why. */
const EMPTY_FOR_A_REASON: Readonly<Record<string, string>> = {
  pg_stat_progress_vacuum_heap_blks_scanned: 'no vacuum is under way',
  pg_index_create_progress_ratio: 'no index is being built',
  pg_stat_subscription_received_lag_bytes: 'the subscription has no worker',
  howdah_schema_drift:
    'the last deploy failed, and none had a manifest, which takes servers of four versions to make',
  rds_: 'AWS is not asked',
  howdah_backup_latest_restorable_timestamp_seconds: 'AWS is not asked',
}

/** Per call: statements are read every 30 s, so that within a few seconds there were none. On a slow machine there are. */
const EMPTY_AT_FIRST = / \/ \(sum by \([^)]*\) \((rate|increase)\(pg_stat_statements_calls/

const reasonFor = (text: string) => Object.keys(EMPTY_FOR_A_REASON).find(part => text.includes(part))

/** A backup, its verification, a drill, a backfill that has ended, and one that is under way until the test ends. */
async function record(url: string): Promise<void> {
  const session = await runnerSession(url)
  const subject = { cluster: 'postgres', type: 'logical' } as const
  const keptUntil = new Date(Date.now() + 40 * 86_400_000)
  await endBackup(session, await beginBackup(session, subject), {
    outcome: 'succeeded',
    sizeBytes: 1000,
    keptUntil,
  })
  const verification = await beginVerification(session, { ...subject, takenAt: new Date() })
  await endVerification(session, verification, { outcome: 'passed' })
  const measured = { rtoSeconds: 600, rpoSeconds: 60 }
  await endDrill(session, await beginDrill(session, 'restore'), { outcome: 'passed', ...measured })
  await endBackfill(session, await beginBackfill(session, 'done', 1), { outcome: 'done' })
  const backfill = await beginBackfill(session, 'names', 1000)
  for (let batch = 0; batch < 2; batch++) await recordBatch(session, backfill, { rows: 10, seconds: 1 })
}

/** A kind of backup and a scenario that there is, and one of each that nobody has seen. */
const EXPECTED = [
  ...['--expected-backups', 'logical=26h,rds_auto=1d', '--backup-retention', '30d'],
  ...['--drill-targets', 'restore=4h:24h,region-loss=8h:1h', '--expected-replicas', '1'],
]

/** A server with something of everything in it, served by `howdah serve` with its replica and its pooler. */
async function serveEverything() {
  const { primary, replica } = await startPair(18, {
    wal_level: 'logical',
    shared_preload_libraries: 'pg_stat_statements',
    autovacuum_naptime: '1s',
    archive_mode: 'on',
    archive_command: 'true',
    max_slot_wal_keep_size: '1GB',
  })
  const database = {
    url: primary,
    adminUrl: primary,
    name: 'postgres',
    [Symbol.asyncDispose]: async () => {},
  }
  const project = await createProject({ '1_a/migration.sql': INIT })
  onTestFinished(() => project[Symbol.asyncDispose]())
  expect(await deploy(project, database)).toMatchObject({ exit: 0 })
  await project.write(inMigrations({ '2_b/migration.sql': 'SELECT 1/0;' }))
  expect(await deploy(project, database)).toMatchObject({ exit: 4 })

  await execute(
    primary,
    'CREATE EXTENSION pg_stat_statements',
    'CREATE SEQUENCE s AS smallint',
    "SELECT setval('s', 30000)",
    'CREATE TABLE twice AS SELECT 1 AS a FROM generate_series(1, 2)',
    'CREATE TABLE churned (a int) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)',
    'INSERT INTO churned SELECT generate_series(1, 1000)',
    'DELETE FROM churned',
    "SELECT pg_create_logical_replication_slot('logical', 'test_decoding')",
    "CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)",
  )
  await expect(execute(primary, 'CREATE UNIQUE INDEX CONCURRENTLY i ON twice (a)')).rejects.toThrow()
  await execute(primary, 'VACUUM ANALYZE twice')

  const vacuumed = 'SELECT 1 FROM pg_stat_user_tables WHERE last_autovacuum IS NOT NULL'
  await expect.poll(() => query(primary, vacuumed), { timeout: 30_000 }).not.toEqual([])

  await execute(primary, 'SELECT pg_switch_wal()')
  await record(primary)

  const pooler = await startTestPooler(database)
  const serve = async (url: string, directory?: string) => {
    const env = { DATABASE_URL: url, ...(directory && { HOWDAH_POOLER_ADMIN_URLS: pooler.adminUrl }) }
    const verb = await startVerb(['serve', '--json', '--metrics-port', '0', ...EXPECTED], env, directory)
    onTestFinished(() => verb[Symbol.asyncDispose]())
    return listening(verb)
  }
  return {
    primary: primary,
    pooled: pooler.url,
    targets: [await serve(primary, project.directory), await serve(replica)],
  }
}

/** Sessions at work, by way of the pooler, and one that waits for another's lock, until the test ends. */
async function keepBusy(url: string, pooled: string): Promise<void> {
  const [holder, waiting] = [new Client(url), new Client(url)]
  for (const client of [holder, waiting]) await client.connect()
  await holder.query('BEGIN; LOCK TABLE twice')
  const waited = waiting.query('SELECT * FROM twice').catch(() => undefined)
  let over = false
  const work = (async () => {
    const client = new Client(pooled)
    await client.connect()
    while (!over) {
      await client.query('INSERT INTO a SELECT max(id) + 1 FROM a')
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    await client.end()
  })()
  onTestFinished(async () => {
    over = true
    await work
    await holder.end()
    await waited
    await waiting.end()
  })
}

const tools = prometheusOnPath && pgbouncer !== undefined

describe.skipIf(!tools)('Prometheus and PgBouncer (needs both: apt-get install prometheus pgbouncer)', () => {
  test('every expression of every panel finds something in what a real Prometheus scraped, and marks lie where things happened', async () => {
    const began = Date.now()
    const { primary, pooled, targets } = await serveEverything()
    await keepBusy(primary, pooled)
    const prometheus = await startPrometheus({
      targets: { howdah: targets },
      // What a scrape may take, too: the runner leaves out what does not fit into it.
      scrape: '3s',
      rules: [join(ROOT, 'monitoring/rules/howdah.yaml')],
    })
    onTestFinished(() => prometheus.stop())
    await prometheus.scraped(2)
    // Requested, and not by the clock.
    await execute(primary, 'CHECKPOINT', "ALTER SYSTEM SET work_mem = '5MB'", 'SELECT FROM pg_reload_conf()')
    await prometheus.scraped(4)

    const drawn = dashboards().flatMap(askedBy)
    expect(drawn.length).toBeGreaterThan(120)
    // What a busy machine did not get into one scrape is in a later one.
    let silent: readonly Asked[] = drawn.filter(({ text }) => !EMPTY_AT_FIRST.test(text))
    const look = async () => {
      const answers = await Promise.all(silent.map(({ text }) => prometheus.query(text)))
      silent = silent.filter((_, index) => answers[index]?.length === 0)
      return silent.filter(({ text }) => !reasonFor(text)).map(({ where, text }) => `${where}: ${text}`)
    }
    await expect.poll(look, { timeout: 60_000, interval: 1000 }).toEqual([])
    for (const part of Object.keys(EMPTY_FOR_A_REASON)) {
      const having = (asked: readonly Asked[]) => asked.filter(({ text }) => text.includes(part)).length
      expect(having(silent), `${part} is not empty any more`).toBeGreaterThan(having(drawn) > 0 ? 0 : -1)
    }

    // These parse too, and so do those of panels that still wait for their metric.
    const waiting = dashboards().flatMap(({ rows }) => rows.flatMap(row => row.panels.flatMap(expressionsOf)))
    const texts = waiting.map(({ text }) => substituted(text))
    expect(texts.length).toBeGreaterThanOrEqual(drawn.length)
    await Promise.all(texts.map(text => prometheus.query(text)))

    const [start] = await query<{ at: number }>(
      primary,
      'SELECT extract(epoch FROM pg_postmaster_start_time())::float8 * 1000 AS at',
    )
    // What is expected and was never seen has a row, too.
    const told = async (panel: string, query: number, label: string) => {
      const asked = drawn.filter(({ where }) => where === `howdah-migrations / ${panel}`)[query]
      const answer = await prometheus.query(asked?.text ?? '')
      return Object.fromEntries(answer.map(({ labels, value }) => [labels[label], value]))
    }
    expect(await told('Backups', 0, 'type')).toEqual({ logical: 0, rds_auto: 1 })
    expect(await told('Thirty days of backups', 0, 'type')).toEqual({ logical: 1, rds_auto: 0 })
    expect(await told('Drills', 0, 'scenario')).toEqual({ restore: 0, 'region-loss': 1 })

    for (const { name, text } of marksOf()) {
      const marked = async () => (await prometheus.query(text)).map(({ value }) => value)
      // The runner reads settings every 30 s.
      if (name === 'Changed settings')
        await expect.poll(marked, { timeout: 45_000, interval: 1000 }).toEqual([1])
      const at = await marked()
      if (name === 'Changed settings') continue
      if (name === 'Changed roles') expect(at).toEqual([])
      else if (name === 'Restarts') expect(at.map(Math.floor)).toContain(Math.floor(start?.at ?? 0))
      else {
        // The replica has the same record, which is the same mark.
        expect(new Set(at).size, name).toBe(1)
        expect(at[0], name).toBeGreaterThan(began)
        expect(at[0], name).toBeLessThan(Date.now())
      }
    }
    await expect(prometheus.query('sum(')).rejects.toThrow(/parse error/)
  }, 120_000)
})
