import { Client, DatabaseError } from 'pg'
import { expect, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { HowdahError } from '../../runner/core/errors.ts'
import { poll } from '../../runner/core/poll.ts'
import { choosePort } from '../../runner/embedded/ports.ts'
import { cli, startCli } from '../harness/cli.ts'
import { exists, INIT } from '../harness/migrations.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { createDatabase, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'

const NEEDS = '(needs pgbouncer: apt-get install pgbouncer)'
const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }
const WIDER = { 'prisma/app/migrations/2_wider/migration.sql': 'ALTER TABLE a ADD COLUMN wide int;' }
const DATA_ONLY = { 'prisma/app/migrations/2_rows/migration.sql': "INSERT INTO a VALUES (2, 'two');" }

const deploy = (project: TestProject, db: TestDatabase, poolers: readonly string[], ...args: string[]) =>
  cli(['migrate', 'deploy', '--json', ...args], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url, HOWDAH_POOLER_ADMIN_URLS: poolers.join(' , ') },
  })

const poolersOf = (result: { stdout: string }) =>
  JSON.parse(result.stdout).poolers as { pooler: string; state: string; closing: number | null }[]

const due = async (db: TestDatabase) =>
  (
    await query<{ poolers_due: boolean }>(db.url, 'SELECT poolers_due FROM howdah.run ORDER BY started_at')
  ).map(row => row.poolers_due)

/**
 * What a driver does that keeps its statements prepared, by way of a pooler: it executes by name, and prepares where the
 * server does not know the name (26000). One that the server knows and cannot execute any more is beyond it.
 */
async function readPrepared(client: Client): Promise<unknown[]> {
  try {
    return (await client.query('EXECUTE everything')).rows
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '26000') throw error
    await client.query('PREPARE everything AS SELECT * FROM a')
    return (await client.query('EXECUTE everything')).rows
  }
}

async function pooledClient(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client(url)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

const migrated = async (db: TestDatabase) => {
  const project = await createProject({ '1_init/migration.sql': INIT })
  expect(await deploy(project, db, [])).toMatchObject({ exit: 0 })
  return project
}

test.skipIf(!pgbouncer)(
  `a client with a prepared statement behind a pooler goes on after a migration, and fails where the pooler is not told ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    await using client = await pooledClient(pooler.url)
    expect(await readPrepared(client)).toEqual([{ id: 1, name: 'x;y' }])
    await project.write(WIDER)
    expect(await deploy(project, db, [])).toMatchObject({ exit: 0 })
    // The control: without being told it fails, and goes on failing, for as long as its server connection lives.
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(readPrepared(client)).rejects.toMatchObject({ code: '0A000' })
    await project.write({
      'prisma/app/migrations/3_narrower/migration.sql': 'ALTER TABLE a DROP COLUMN name;',
    })
    const result = await deploy(project, db, [pooler.adminUrl])
    expect(result.exit, result.stderr).toBe(0)
    expect(poolersOf(result)).toEqual([
      expect.objectContaining({ pooler: `127.0.0.1:${pooler.port}`, state: 'told', closing: 0 }),
    ])
    expect(await readPrepared(client)).toEqual([{ id: 1, wide: null }])
    expect(await due(db)).toEqual([false, false, false])
  },
)

test.skipIf(!pgbouncer)(
  `nobody is cut off: a connection in use is closed when its client lets go of it ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    await using busy = await pooledClient(pooler.url)
    const backend = async () => (await busy.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    await busy.query('BEGIN')
    const before = await backend()
    await project.write(WIDER)
    const result = await deploy(project, db, [pooler.adminUrl], '--pooler-drain-ms', '300')
    expect(result.exit, result.stderr).toBe(0)
    expect(poolersOf(result)).toMatchObject([{ state: 'told', closing: 1 }])
    expect(result.stderr).toContain('"event":"pooler.closing"')
    expect(result.stderr).toContain('1 server connection from before still in use')
    expect(await backend()).toBe(before)
    await busy.query('COMMIT')
    expect(await backend()).not.toBe(before)
  },
)

test.skipIf(!pgbouncer)(`every pooler is told, and what only changes data tells none ${NEEDS}`, async () => {
  await using db = await createDatabase()
  await using project = await migrated(db)
  const first = await startTestPooler(db)
  const second = await startTestPooler(db)
  await using one = await pooledClient(first.url)
  await using other = await pooledClient(second.url)
  await readPrepared(one)
  await readPrepared(other)
  const urls = [first.adminUrl, second.adminUrl]
  await project.write(DATA_ONLY)
  expect(poolersOf(await deploy(project, db, urls))).toEqual([])
  expect(await due(db)).toEqual([false, false])
  await project.write({ 'prisma/app/hooks/after-run.sql': 'ALTER TABLE a ADD COLUMN by_hook int;' })
  await project.write({ 'prisma/app/migrations/3_rows/migration.sql': "INSERT INTO a VALUES (3, 'three');" })
  expect(poolersOf(await deploy(project, db, urls))).toMatchObject([{ state: 'told' }, { state: 'told' }])
  expect(await readPrepared(one)).toHaveLength(3)
  expect(await readPrepared(other)).toHaveLength(3)
})

test.skipIf(!pgbouncer)(
  `a run that fails after it changed the schema tells the poolers all the same ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    await using client = await pooledClient(pooler.url)
    await readPrepared(client)
    await project.write({ ...WIDER, 'prisma/app/migrations/3_bad/migration.sql': 'SELECT 1/0;' })
    const failed = await deploy(project, db, [pooler.adminUrl])
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[migration-failed]') })
    expect(poolersOf(failed)).toMatchObject([{ state: 'told' }])
    expect(await readPrepared(client)).toHaveLength(1)
    expect(await due(db)).toEqual([false, false])
  },
)

test.skipIf(!pgbouncer)(
  `a pooler that is away is due, and the next deploy tells it, also with nothing to do ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    const away = await choosePort({ asked: 0, what: 'nobody', setting: 'nothing' })
    const awayUrl = Object.assign(new URL(pooler.adminUrl), { port: String(away) }).href
    await project.write(WIDER)
    const failed = await deploy(project, db, [pooler.adminUrl, awayUrl])
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[pooler-not-told]') })
    expect(failed.stderr).toContain(`127.0.0.1:${away}`)
    expect(failed.stderr).not.toContain(new URL(db.url).password)
    expect(poolersOf(failed).map(({ state }) => state)).toEqual(['told', 'not-told'])
    expect(await exists(db, 'a')).toBe(true)
    expect(await due(db)).toEqual([false, true])
    expect(
      await query(db.url, 'SELECT outcome, error_code FROM howdah.run ORDER BY started_at DESC LIMIT 1'),
    ).toEqual([{ outcome: 'failed', error_code: 'pooler-not-told' }])
    expect(await deploy(project, db, [awayUrl])).toMatchObject({ exit: 4 })
    const returned = await startTestPooler(db, away)
    const healed = await deploy(project, db, [pooler.adminUrl, returned.adminUrl])
    expect(healed.exit, healed.stderr).toBe(0)
    expect(poolersOf(healed).map(({ state }) => state)).toEqual(['told', 'told'])
    expect(await due(db)).toEqual([false, false])
    expect(poolersOf(await deploy(project, db, [returned.adminUrl]))).toEqual([])
  },
)

test.skipIf(!pgbouncer)(
  `a deploy killed between the change and the telling is healed by the next ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    await using proxy = await startTcpProxy(pooler.adminUrl)
    await using client = await pooledClient(pooler.url)
    await readPrepared(client)
    await project.write(WIDER)
    proxy.freeze()
    const child = startCli(['migrate', 'deploy'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url, HOWDAH_POOLER_ADMIN_URLS: proxy.throughProxy(pooler.adminUrl) },
    })
    const wider = "SELECT 1 FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'wide'"
    await poll(async () => ((await query(db.url, wider)).length > 0 ? true : undefined), PATIENTLY)
    child.kill('SIGKILL')
    expect(await child.result).toMatchObject({ signal: 'SIGKILL' })
    await expect(readPrepared(client)).rejects.toMatchObject({ code: '0A000' })
    expect(await due(db)).toEqual([false, true])
    const next = await deploy(project, db, [pooler.adminUrl])
    expect(next.exit, next.stderr).toBe(0)
    expect(await readPrepared(client)).toHaveLength(1)
    expect(await due(db)).toEqual([false, false])
  },
)

test.skipIf(!pgbouncer)(`an interrupted run tells the poolers of what it had changed ${NEEDS}`, async () => {
  await using db = await createDatabase()
  await using project = await migrated(db)
  const pooler = await startTestPooler(db)
  await using client = await pooledClient(pooler.url)
  await readPrepared(client)
  await project.write({ ...WIDER, 'prisma/app/migrations/3_long/migration.sql': 'SELECT pg_sleep(600);' })
  const interruption = new AbortController()
  const running = cli(['migrate', 'deploy', '--json'], {
    cwd: project.directory,
    env: { DATABASE_URL: db.url, HOWDAH_POOLER_ADMIN_URLS: pooler.adminUrl },
    signal: interruption.signal,
  })
  const sleeping =
    "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND datname = current_database() AND pid <> pg_backend_pid()"
  await poll(async () => ((await query(db.url, sleeping)).length > 0 ? true : undefined), PATIENTLY)
  interruption.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
  const interrupted = await running
  expect(interrupted).toMatchObject({ exit: 130 })
  expect(poolersOf(interrupted)).toMatchObject([{ state: 'told' }])
  expect(await readPrepared(client)).toHaveLength(1)
})

test.skipIf(!pgbouncer)(
  `a console that is silent is waited for no longer than for a connection ${NEEDS}`,
  async () => {
    await using db = await createDatabase()
    await using project = await migrated(db)
    const pooler = await startTestPooler(db)
    await using proxy = await startTcpProxy(pooler.adminUrl)
    proxy.freeze()
    await project.write(WIDER)
    const silent = [proxy.throughProxy(pooler.adminUrl)]
    const failed = await deploy(project, db, silent, '--connect-timeout-ms', '500')
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[pooler-not-told]') })
    expect(await due(db)).toEqual([false, true])
  },
)

test.skipIf(!pgbouncer)(`the doctor tries every admin console ${NEEDS}`, async () => {
  await using db = await createDatabase()
  const pooler = await startTestPooler(db)
  const nobody = Object.assign(new URL(pooler.adminUrl), { port: '1' }).href
  const examined = await cli(
    ['doctor', '--json', '--pooler-admin-urls', pooler.adminUrl, '--pooler-admin-urls', nobody],
    { env: { DATABASE_URL: db.url } },
  )
  const findings: { key: string; status: string; sentence: string }[] = JSON.parse(examined.stdout).findings
  expect(findings.filter(({ key }) => key === 'pooler-admin.reach')).toMatchObject([
    { status: 'ok', sentence: expect.stringContaining('PgBouncer') },
    { status: 'problem', sentence: expect.stringContaining('127.0.0.1:1') },
  ])
})

test('an admin URL that names an ordinary database is refused before anything runs, without its password', async () => {
  await using db = await createDatabase()
  await using project = await createProject({ '1_init/migration.sql': INIT })
  const refused = await deploy(project, db, ['postgresql://admin:s3cret@127.0.0.1:6432/app'])
  expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('the URL names "app"') })
  expect(refused.stdout + refused.stderr).not.toContain('s3cret')
  expect(await exists(db, 'a')).toBe(false)
})
