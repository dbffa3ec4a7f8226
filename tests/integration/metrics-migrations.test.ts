import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { catalogue } from '../../runner/metrics/metrics.ts'
import { startCli } from '../harness/cli.ts'
import { type Series, valueIn } from '../harness/exposition.ts'
import { failedCollectors, scrapeOnce } from '../harness/metrics-server.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

/** Values of metrics of migrations, by the rest of their names. */
const reader =
  (series: readonly Series[]) =>
  (name: string, labels: Record<string, string> = {}) =>
    valueIn(series, `howdah_migration_${name}`, labels)

const runs = (series: readonly Series[], verb = 'migrate deploy') =>
  ['done', 'failed', 'interrupted'].map(outcome => reader(series)('runs_total', { verb, outcome }))

const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20))
}

async function connected(db: TestDatabase): Promise<Client> {
  const client = new Client(db.url)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

const EXTRA = 'UPDATE a SET name = $$1$$;\nUPDATE nowhere SET x = 1;'

describe.each(MAJORS)('on Postgres %i', major => {
  test('runs, steps, failures and repeatables are told from the ledger', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT, '1_init/extra.sql': EXTRA })
    await project.write({ 'prisma/app/repeatable/v.sql': 'CREATE OR REPLACE VIEW v AS SELECT id FROM a;' })
    await using db = await createDatabase({ major })
    const before = await scrapeOnce(db.url)
    expect(failedCollectors(before)).toEqual([])
    expect(valueIn(before, 'howdah_ledger_version')).toBe(0)
    expect(before.filter(({ name }) => name.startsWith('howdah_migration'))).toEqual([])

    const since = Date.now() / 1000 - 1
    expect(await deploy(project, db, '--allow', 'edited=a test')).toMatchObject({ exit: 4 })
    const failed = await scrapeOnce(db.url)
    let value = reader(failed)
    expect(runs(failed)).toEqual([0, 1, 0])
    expect(['applied', 'failed', 'started', 'undone'].map(state => value('steps', { state }))).toEqual([
      2, 1, 0, 0,
    ])
    expect(value('failures_total', { sqlstate_class: '42' })).toBe(1)
    expect(value('last_failure_info', { migration: '1_init', sqlstate: '42P01' })).toBe(1)
    expect(value('last_failure_timestamp_seconds')).toBeGreaterThan(since)
    expect(value('last_run_success')).toBe(0)
    expect(value('gates_let_through_total', { gate: 'edited' })).toBe(1)
    expect([value('repeatables'), value('repeatables_last_applied_timestamp_seconds')]).toEqual([
      0,
      undefined,
    ])

    await project.write(
      inMigrations({ '1_init/extra.sql': 'UPDATE a SET name = $$1$$;\nSELECT pg_sleep(0.2);' }),
    )
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const done = await scrapeOnce(db.url)
    value = reader(done)
    expect(failedCollectors(done)).toEqual([])
    expect(runs(done)).toEqual([1, 1, 0])
    expect(['applied', 'failed'].map(state => value('steps', { state }))).toEqual([3, 1])
    expect([value('attempts_total'), value('lock_wait_retries_total'), value('lock_timeouts_total')]).toEqual(
      [4, 0, 0],
    )
    expect(value('rows_affected_total')).toBeGreaterThanOrEqual(1)
    expect([value('running'), value('running_seconds'), value('blockers'), value('runs_killed')]).toEqual([
      0, 0, 0, 0,
    ])
    expect(value('last_run_success', { verb: 'migrate deploy' })).toBe(1)
    expect(value('last_run_slowest_step_seconds')).toBeGreaterThanOrEqual(0.2)
    expect(value('last_run_duration_seconds')).toBeGreaterThanOrEqual(0.2)
    expect(value('last_duration_seconds', { migration_name: '1_init' })).toBeGreaterThanOrEqual(0.2)
    const [started = 0, finished = 0] = ['started', 'finished'].map(at =>
      value(`last_run_${at}_timestamp_seconds`),
    )
    expect(started).toBeGreaterThan(since)
    expect(finished - started).toBeCloseTo(value('last_run_duration_seconds') ?? 0, 2)
    expect(value('last_applied_timestamp_seconds')).toBeGreaterThan(since)
    expect(value('repeatables')).toBe(1)
    expect(value('repeatables_last_applied_timestamp_seconds')).toBeGreaterThan(since)
    // A deploy that finds nothing to do is no run.
    await deploy(project, db)
    expect(runs(await scrapeOnce(db.url))).toEqual([1, 1, 0])
  })
})

test('a run under way, who it waits for, and what a kill leaves are told apart', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await project.write(inMigrations({ '2_alter/migration.sql': 'ALTER TABLE a ADD COLUMN c int;' }))
  const blocker = await connected(db)
  await blocker.query('BEGIN; SELECT * FROM a')
  const blocked = await deploy(project, db, '--lock-timeout-ms', '50', '--lock-budget-ms', '400')
  expect(blocked).toMatchObject({ exit: 5 })
  const gaveUp = reader(await scrapeOnce(db.url))
  expect(gaveUp('lock_timeouts_total')).toBe(1)
  expect(gaveUp('lock_wait_retries_total')).toBeGreaterThan(0)
  expect(gaveUp('lock_wait_seconds_total')).toBeGreaterThan(0.2)
  expect(gaveUp('blockers_seen_total')).toBe(1)

  const child = startCli(['migrate', 'deploy', '--lock-timeout-ms', '2000'], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url },
  })
  // Under both of its names; an attempt at a lock is brief, so each page is one moment.
  await until(async () => {
    const value = reader(await scrapeOnce(db.url))
    return value('blockers') === 1 && value('blocked_by_count') === 1
  })
  const underWay = await scrapeOnce(db.url)
  expect(reader(underWay)('running')).toBe(1)
  expect(reader(underWay)('running_seconds')).toBeGreaterThan(0)
  expect(reader(underWay)('runs_killed')).toBe(0)
  expect(reader(underWay)('last_run_success')).toBeUndefined()
  expect(reader(underWay)('last_run_finished_timestamp_seconds')).toBeUndefined()
  expect(valueIn(underWay, 'howdah_advisory_lock_held_seconds')).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await child.result
  await blocker.query('COMMIT')
  await until(async () => reader(await scrapeOnce(db.url))('running') === 0)
  const killed = await scrapeOnce(db.url)
  expect(valueIn(killed, 'howdah_advisory_lock_held_seconds')).toBe(0)
  expect(['runs_killed', 'running_seconds', 'last_run_success'].map(name => reader(killed)(name))).toEqual([
    1, 0, 0,
  ])

  // Another tool that holds the lock now does not bring the killed run back to life.
  const prisma = await connected(db)
  await prisma.query('SELECT pg_advisory_lock(72707369)')
  const held = await scrapeOnce(db.url)
  expect(valueIn(held, 'howdah_advisory_lock_held_seconds')).toBeGreaterThan(0)
  expect(['runs_killed', 'running'].map(name => reader(held)(name))).toEqual([1, 0])
  await prisma.end()
  // What the killed run had sent may have taken effect meanwhile.
  await project.write(inMigrations({ '3_more/migration.sql': 'CREATE TABLE c (id int);' }))
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  const healed = await scrapeOnce(db.url)
  expect(runs(healed)).toEqual([2, 1, 0])
  expect(['runs_killed', 'last_run_success'].map(name => reader(healed)(name))).toEqual([1, 1])
})

test('ledgers of versions 1 and 2 are read without making up what they lack, and a newer one is a failed collector', async () => {
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    '1_init/extra.sql': 'UPDATE a SET name = name;',
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  await execute(db.url, 'INSERT INTO howdah.ledger_version (version) VALUES (99)')
  const newer = await scrapeOnce(db.url)
  expect(failedCollectors(newer).sort()).toEqual([
    'backfills',
    'backups',
    'drills',
    'migration-runs',
    'migration-steps',
  ])
  expect(newer.filter(({ name }) => name.startsWith('howdah_migration_'))).toEqual([])
  await execute(db.url, 'DELETE FROM howdah.ledger_version WHERE version = 99')
  await execute(
    db.url,
    'DROP TABLE howdah.catalogue',
    'ALTER TABLE howdah.run DROP COLUMN poolers_due',
    'DELETE FROM howdah.ledger_version WHERE version > 2',
  )
  const second = await scrapeOnce(db.url)
  expect(failedCollectors(second)).toEqual([])
  expect([valueIn(second, 'howdah_ledger_version'), reader(second)('rows_affected_total')]).toEqual([2, 1])
  await execute(
    db.url,
    'DROP TABLE howdah.repeatable',
    'ALTER TABLE howdah.run DROP COLUMN allowed',
    'ALTER TABLE howdah.step DROP COLUMN lock_wait_ms, DROP COLUMN blockers, DROP COLUMN rows_affected',
    'DELETE FROM howdah.ledger_version WHERE version > 1',
  )
  const first = await scrapeOnce(db.url)
  expect(failedCollectors(first)).toEqual([])
  const value = reader(first)
  expect([valueIn(first, 'howdah_ledger_version'), value('attempts_total'), ...runs(first)]).toEqual([
    1, 2, 1, 0, 0,
  ])
  for (const name of ['rows_affected_total', 'lock_wait_seconds_total', 'blockers_seen_total', 'repeatables'])
    expect(value(name), name).toBeUndefined()
})

test('a role that may read the ledger needs nothing else, and one that may not gets a failed collector and no zeros', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
  const role = `metrics_${db.name}`
  await execute(db.adminUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
  onTestFinished(async () => execute(db.adminUrl, `DROP ROLE IF EXISTS ${role}`))
  const url = new URL(db.url)
  url.username = role
  url.password = 'x'
  const refused = await scrapeOnce(url.href)
  expect(failedCollectors(refused)).toEqual([
    'migration-runs',
    'migration-steps',
    'backups',
    'drills',
    'backfills',
  ])
  expect(refused.filter(({ name }) => name.startsWith('howdah_migration'))).toEqual([])
  await execute(
    db.url,
    `GRANT USAGE ON SCHEMA howdah TO ${role}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA howdah TO ${role}`,
  )
  const holder = await connected(db)
  await holder.query("SET application_name = 'howdah/migrate deploy'; SELECT pg_advisory_lock(72707369)")
  await execute(db.url, 'UPDATE howdah.run SET outcome = NULL, finished_at = NULL')
  const granted = await scrapeOnce(url.href)
  expect(failedCollectors(granted)).toEqual([])
  expect(reader(granted)('running')).toBe(1)
  // How long another role's session has been connected is hidden from this one.
  expect(valueIn(granted, 'howdah_advisory_lock_held_seconds')).toBeUndefined()
  await execute(db.url, `DROP OWNED BY ${role}`)
})

test('hostile names arrive as they are, and names of migrations are no labels but for the last that failed', async () => {
  const name = '2_"x"\\ü {a="b"}'
  await using project = await createProject({
    '1_init/migration.sql': INIT,
    [`${name}/migration.sql`]: 'SELECT 1/0;',
  })
  await using db = await createDatabase()
  expect(await deploy(project, db)).toMatchObject({ exit: 4 })
  const series = await scrapeOnce(db.url)
  expect(reader(series)('last_failure_info', { migration: name, sqlstate: '22012' })).toBe(1)
  const labelled = Object.entries(catalogue()).filter(([, { labels }]) => labels.includes('migration'))
  expect(labelled.map(([metric]) => metric)).toEqual(['howdah_migration_last_failure_info'])
  expect(
    (
      await query(
        db.url,
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'howdah/serve' AND datname = current_database()",
      )
    ).length,
  ).toBe(0)
})
