import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { escapeIdentifier } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { beginBackfill, endBackfill, recordBatch } from '../../runner/ledger/backfills.ts'
import { beginVerification, endVerification } from '../../runner/ledger/backup-verifications.ts'
import { beginBackup, endBackup } from '../../runner/ledger/backups.ts'
import { beginDrill, endDrill } from '../../runner/ledger/drills.ts'
import { catalogue } from '../../runner/metrics/metrics.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'
import { prometheusOnPath, startPrometheus } from '../harness/prometheus.ts'
import { runnerSession } from '../harness/records.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname
const onPath = (program: string) => spawnSync(program, ['--version']).status === 0

/** Names of postgres_exporter and prom-client that break today's naming rules; dashboards know them. All else has to pass. */
const KNOWN = [
  /^pg_stat_database_\w+ counter metrics should have "_total" suffix$/,
  /^pg_(stat_(archiver|user_tables)|statio_user_tables)_\w+ counter metrics should have "_total" suffix$/,
  /^pg_(stat_(archiver|user_tables)_\w+|stat_activity|locks|prepared_xacts|user_tables|sequence_unreadable|index_unused|settings_pending_restart|wal_archive_ready)_count non-histogram and non-summary metrics should not have "_count" suffix$/,
  /^howdah_(migration_blocked_by|backup)_count non-histogram and non-summary metrics should not have "_count" suffix$/,
  /^howdah_backfill_rows_total non-counter metrics should not have "_total" suffix$/,
  /^nodejs_active_\w+_total non-counter metrics should not have "_total" suffix$/,
]

/** Everything there can be on record of backups, drills and backfills. */
async function recordAll(url: string): Promise<void> {
  const session = await runnerSession(url)
  const subject = { cluster: 'a "b"\\\n', type: 'rds_auto' } as const
  const at = new Date()
  const end = { outcome: 'succeeded', sizeBytes: 1, restorableUntil: at, keptUntil: at } as const
  await endBackup(session, await beginBackup(session, subject), end)
  await endVerification(session, await beginVerification(session, { ...subject, takenAt: at }), {
    outcome: 'passed',
  })
  await endDrill(session, await beginDrill(session, '"x"'), {
    outcome: 'passed',
    rtoSeconds: 1,
    rpoSeconds: 1,
  })
  await endBackfill(session, await beginBackfill(session, 'done', 1), { outcome: 'done' })
  await recordBatch(session, await beginBackfill(session, '"x"', 2), { rows: 1, seconds: 1 })
}

async function serveHostileDatabase(): Promise<string> {
  const database = await createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const hostile = `${database.name} "x"\\\n`
  await execute(database.adminUrl, `CREATE DATABASE ${escapeIdentifier(hostile)}`)
  onTestFinished(() => execute(database.adminUrl, `DROP DATABASE ${escapeIdentifier(hostile)} WITH (FORCE)`))
  // A ledger with all that it can have, so that every metric made of it is on the page.
  await using project = await createProject({
    '1_a/migration.sql': INIT,
    '2_"x"\\/migration.sql': 'CREATE TABLE b (id int);',
    '2_"x"\\/extra.sql': 'UPDATE a SET name = NULL;\nSELECT 1/0;',
  })
  await project.write({ 'prisma/app/repeatable/v.sql': 'CREATE OR REPLACE VIEW v AS SELECT id FROM a;' })
  expect(await deploy(project, database)).toMatchObject({ exit: 4 })
  await project.write(inMigrations({ '2_"x"\\/extra.sql': 'UPDATE a SET name = NULL;\nSELECT 1;' }))
  expect(await deploy(project, database, '--allow', 'edited=a test')).toMatchObject({ exit: 0 })
  await recordAll(database.url)
  const verb = await startVerb(
    [
      ...['serve', '--json', '--metrics-port', '0', '--expected-backups', 'logical=26h'],
      ...['--backup-retention', '30d', '--drill-targets', 'region-loss=4h:15m'],
    ],
    { DATABASE_URL: database.url },
    CHECKOUT,
  )
  onTestFinished(() => verb[Symbol.asyncDispose]())
  return listening(verb)
}

describe.skipIf(!onPath('promtool'))('promtool (needs promtool: apt-get install prometheus)', () => {
  test('a real page parses, and its names pass the linter but for those that dashboards already know', async () => {
    const page = await (await fetch(`${await serveHostileDatabase()}/metrics`)).text()
    // The latest restorable moment is Amazon's to tell.
    const ledger = Object.keys(catalogue()).filter(name =>
      /^howdah_(migration|backup(?!_latest_restorable)|backfill|dr_drill)_/.test(name),
    )
    expect(ledger.filter(name => !page.includes(`\n${name}{`))).toEqual([])
    const child = execFile('promtool', ['check', 'metrics'])
    child.stdin?.end(page)
    let problems = ''
    child.stderr?.on('data', chunk => {
      problems += chunk
    })
    const [code] = await once(child, 'close')
    const unknown = problems
      .split('\n')
      .filter(line => line !== '' && !KNOWN.some(pattern => pattern.test(line)))
    expect(unknown).toEqual([])
    // 1 is a page that does not parse, 3 one with findings of the linter.
    expect([0, 3]).toContain(code)
  })
})

describe.skipIf(!prometheusOnPath)('Prometheus (needs prometheus: apt-get install prometheus)', () => {
  test('a real Prometheus scrapes twice, sees the target up and refuses nothing', async () => {
    await using prometheus = await startPrometheus({
      targets: { howdah: [await serveHostileDatabase()] },
      scrape: '2s',
    })
    await prometheus.scraped(2)
    const value = async (query: string) => (await prometheus.query(query)).map(sample => sample.value)
    expect(await value('min_over_time(up{job="howdah"}[1m])')).toEqual([1])
    expect(await value('pg_up')).toEqual([1])
    expect(await value('min(pg_scrape_collector_success)')).toEqual([1])
    expect(await value('scrape_samples_scraped > bool 100')).toEqual([1])
    expect(prometheus.log()).not.toMatch(/level=(warn|error)/i)
  })
})
