import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { HowdahError } from '../../runner/core/errors.ts'
import { poll } from '../../runner/core/poll.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { poolerStatus } from '../../runner/pooler/pooler.ts'
import { cli, startCli } from '../harness/cli.ts'
import { createPooledDatabase, type PooledDatabase, standInFor } from '../harness/pooled-database.ts'
import { IMAGE, type PoolerTask, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'
import { startLoad } from '../harness/pooler-load.ts'
import { execute, query } from '../harness/postgres.ts'

const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }

const pooler = (verb: string, tasks: readonly PoolerTask[], ...args: string[]) =>
  cli(['pooler', verb, '--json', ...args], {
    env: { HOWDAH_POOLER_ADMIN_URLS: tasks.map(({ adminUrl }) => adminUrl).join(',') },
  })

const pausedIn = async (tasks: readonly PoolerTask[]) => {
  const { stdout } = await pooler('status', tasks)
  return (JSON.parse(stdout).processes as { state: string }[]).map(({ state }) => state)
}

async function clientOf(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** Two tasks, one of them with two processes: three processes in all. */
async function threeProcesses(db: PooledDatabase, more: Partial<Parameters<typeof startPoolerTask>[0]> = {}) {
  return [
    await startPoolerTask({ settings: { ...db.settings, processes: 2 }, ...more }),
    await startPoolerTask({ settings: db.settings, ...more }),
  ]
}

async function targetFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'howdah-target-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  return folder
}

test.skipIf(!poolerImage)(`all are paused, which status tells, and all go on ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  const { user, password } = await db.rotate()
  const tasks = await threeProcesses(db)
  const [first] = tasks
  await using client = await clientOf(first?.urlOf(user, password) ?? '')
  const planned = await pooler('pause', tasks, '--dry-run')
  expect(JSON.parse(planned.stdout).poolers.map(({ state }: { state: string }) => state)).toEqual([
    'planned',
    'planned',
    'planned',
  ])
  expect(await pausedIn(tasks)).toEqual(['running', 'running', 'running'])
  const paused = await pooler('pause', tasks)
  expect(paused.exit, paused.stderr).toBe(0)
  let answered = false
  const waiting = client.query('SELECT 1').then(() => {
    answered = true
  })
  expect(await pausedIn(tasks)).toEqual(['paused', 'paused', 'paused'])
  expect((await pooler('status', tasks)).exit).toBe(6)
  expect(answered).toBe(false)
  expect((await pooler('resume', tasks)).exit).toBe(0)
  await waiting
  expect((await pooler('status', tasks)).exit).toBe(0)
  expect((await pooler('resume', tasks)).exit).toBe(0)
})

test.skipIf(!poolerImage)(`when one cannot pause by the deadline, all go on ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  const { user, password } = await db.rotate()
  const tasks = await threeProcesses(db)
  await using busy = await clientOf(tasks[1]?.urlOf(user, password) ?? '')
  await busy.query('BEGIN')
  const failed = await pooler('pause', tasks, '--deadline-ms', '700')
  expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[pooler-not-followed]') })
  expect(failed.stderr).toContain('all were resumed')
  expect(await pausedIn(tasks)).toEqual(['running', 'running', 'running'])
  await busy.query('COMMIT')
  const tooLong = await pooler('pause', tasks, '--deadline-ms', '15000')
  expect(tooLong).toMatchObject({ exit: 2, stderr: expect.stringContaining('query_wait_timeout') })
})

test.skipIf(!poolerImage)(`an interrupted pause leaves nobody paused ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  const { user, password } = await db.rotate()
  const tasks = await threeProcesses(db)
  await using busy = await clientOf(tasks[1]?.urlOf(user, password) ?? '')
  await busy.query('BEGIN')
  const interruption = new AbortController()
  const pausing = cli(['pooler', 'pause', '--deadline-ms', '10000'], {
    env: { HOWDAH_POOLER_ADMIN_URLS: tasks.map(({ adminUrl }) => adminUrl).join(',') },
    signal: interruption.signal,
  })
  await poll(async () => ((await pausedIn(tasks)).includes('paused') ? true : undefined), PATIENTLY)
  interruption.abort(new HowdahError('interrupted', { signal: 'SIGINT' }))
  expect(await pausing).toMatchObject({ exit: 130 })
  expect(await pausedIn(tasks)).toEqual(['running', 'running', 'running'])
})

test.skipIf(!poolerImage)(
  `one that is away keeps the others from being paused, and not from being resumed ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const tasks = await threeProcesses(db)
    const away = { ...(tasks[0] as PoolerTask), adminUrl: 'postgresql://pgb_admin:x@127.0.0.1:1/pgbouncer' }
    const refused = await pooler('pause', [...tasks, away])
    expect(refused).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[pooler-unreachable]') })
    expect(await pausedIn(tasks)).toEqual(['running', 'running', 'running'])
    await pooler('pause', tasks)
    const resumed = await pooler('resume', [...tasks, away])
    expect(resumed.exit).toBe(4)
    expect(await pausedIn(tasks)).toEqual(['running', 'running', 'running'])
    const status = await pooler('status', [...tasks, away])
    expect(status.exit).toBe(6)
    expect(JSON.parse(status.stdout).problems).toEqual([
      expect.stringContaining('127.0.0.1:1 cannot be reached'),
    ])
  },
)

test.skipIf(!poolerImage)(`a name stands for every task it resolves to ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  const first = await startPoolerTask({ settings: db.settings })
  await startPoolerTask({ settings: db.settings, address: '127.0.0.2', port: first.port })
  const url = Object.assign(new URL(first.adminUrl), { hostname: 'poolers.internal' }).href
  const { processes, problems } = await poolerStatus({
    urls: [new Secret(url)],
    connectTimeoutMs: 5000,
    runtime: quietRuntime(),
    resolve: async host => (host === 'poolers.internal' ? ['127.0.0.2', '127.0.0.1'] : []),
  })
  expect(processes.map(each => each.pooler)).toEqual([`127.0.0.1:${first.port}`, `127.0.0.2:${first.port}`])
  expect(problems).toEqual([])
})

test.skipIf(!poolerImage)(
  `poolers move to another server under twenty writers: no error, no write lost, none on the old server after the fence ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase(17)
    const { user, password } = await db.rotate()
    await execute(
      db.ownerUrl,
      'CREATE TABLE landed (writer int, n int, at timestamptz DEFAULT clock_timestamp())',
      `GRANT ALL ON landed TO ${db.role}`,
    )
    await using copy = await standInFor(db, 18)
    await execute(
      copy.url,
      'CREATE TABLE landed (writer int, n int, at timestamptz DEFAULT clock_timestamp())',
      `GRANT ALL ON landed TO ${db.role}`,
    )
    const tasks = await threeProcesses(db)
    const to = `127.0.0.1:${new URL(copy.url).port}`
    const args = ['--to', to]
    const planned = await pooler('repoint', tasks, ...args, '--dry-run')
    expect(JSON.parse(planned.stdout)).toMatchObject({ state: 'planned', databases: ['app'] })
    const load = startLoad(
      20,
      number => tasks[number % 2]?.urlOf(user, password) ?? '',
      async (client, writer, n) => {
        // The row's time is that of its end: a statement that was under way while another server was written to already is seen.
        const slowly = 'INSERT INTO landed SELECT $1, $2, clock_timestamp() FROM pg_sleep($3)'
        await client.query(slowly, [writer, n, writer < 2 ? 0.4 : 0])
      },
    )
    await load.reached(10)
    const moved = await pooler('repoint', tasks, ...args)
    expect(moved.exit, moved.stderr).toBe(0)
    await load.reached(10)
    const { done, errors } = await load.stop()
    expect(errors).toEqual([])
    const of = (url: string) =>
      query<{ rows: number; first: Date; last: Date }>(
        url,
        'SELECT count(*)::int AS rows, min(at) AS first, max(at) AS last FROM landed',
      )
    const [[before], [after]] = [await of(db.url), await of(copy.url)]
    expect((before?.rows ?? 0) + (after?.rows ?? 0)).toBe(done)
    expect(after?.rows).toBeGreaterThan(100)
    expect(before?.last.getTime()).toBeLessThanOrEqual(after?.first.getTime() ?? 0)
    expect(JSON.parse((await pooler('repoint', tasks, ...args)).stdout)).toMatchObject({
      state: 'already-there',
    })
    // A task that starts later finds it as well.
    const later = await startPoolerTask({ settings: db.settings, env: { PGBOUNCER_TARGET: to } })
    expect((await pooler('status', [...tasks, later])).exit).toBe(0)
  },
)

test.skipIf(!poolerImage)(
  `when one does not learn the new address, all stay at the old one and go on ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    await using copy = await standInFor(db, 17)
    const folder = await targetFolder()
    const env = { PGBOUNCER_TARGET_FILE: '/target/target' }
    const tasks = [
      await startPoolerTask({ settings: db.settings, env, mounts: { '/target': folder } }),
      await startPoolerTask({ settings: db.settings, env, mounts: { '/target': await targetFolder() } }),
    ]
    const to = `127.0.0.1:${new URL(copy.url).port}`
    const failed = await pooler(
      'repoint',
      tasks,
      '--to',
      to,
      '--target-file',
      join(folder, 'target'),
      '--deadline-ms',
      '1500',
    )
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('error[pooler-not-repointed]') })
    expect(failed.stderr).toContain('does not have')
    const status = await pooler('status', tasks)
    expect(status.exit, status.stdout).toBe(0)
    expect(status.stdout).not.toContain(to)
    const nowhere = await pooler(
      'repoint',
      tasks,
      '--to',
      '127.0.0.1:1',
      '--target-file',
      join(folder, 'target'),
    )
    expect(nowhere).toMatchObject({ exit: 3, stderr: expect.stringContaining('no Postgres answers') })
  },
)

test.skipIf(!poolerImage)(`a repoint that is killed is finished by the next one ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  await using copy = await standInFor(db, 17)
  const { user, password } = await db.rotate()
  const folder = await targetFolder()
  const tasks = await threeProcesses(db, {
    env: { PGBOUNCER_TARGET_FILE: '/target/target' },
    mounts: { '/target': folder },
  })
  await using busy = await clientOf(tasks[1]?.urlOf(user, password) ?? '')
  await busy.query('BEGIN')
  const to = `127.0.0.1:${new URL(copy.url).port}`
  const args = [
    'pooler',
    'repoint',
    '--to',
    to,
    '--target-file',
    join(folder, 'target'),
    '--deadline-ms',
    '10000',
  ]
  const env = { HOWDAH_POOLER_ADMIN_URLS: tasks.map(({ adminUrl }) => adminUrl).join(',') }
  const child = startCli(args, { env })
  await poll(async () => ((await pausedIn(tasks)).includes('paused') ? true : undefined), PATIENTLY)
  child.kill('SIGKILL')
  await child.result
  await busy.query('COMMIT')
  const again = await cli(args, { env })
  expect(again.exit, again.stderr).toBe(0)
  const status = await pooler('status', tasks)
  expect(status.exit, status.stdout).toBe(0)
  expect(status.stdout).toContain(`"port": ${new URL(copy.url).port}`)
})

test.skipIf(!poolerImage)(
  `ALTER TABLE under forty clients with prepared statements: errors until the poolers reconnect, none afterwards ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    await execute(db.ownerUrl, 'CREATE TABLE thing (id int)', `GRANT ALL ON thing TO ${db.role}`)
    const tasks = await threeProcesses(db)
    const load = startLoad(
      40,
      number => tasks[number % 2]?.urlOf(user, password) ?? '',
      async client => {
        await client.query({ name: 'everything', text: 'SELECT * FROM thing' })
      },
    )
    await load.reached(10)
    await execute(db.ownerUrl, 'ALTER TABLE thing ADD COLUMN a int')
    await load.reached(10)
    const without = load.takeErrors()
    expect(without.length).toBeGreaterThan(0)
    expect(new Set(without)).toEqual(new Set(['0A000']))
    const told = await pooler('reconnect', tasks)
    expect(told.exit, told.stderr).toBe(0)
    expect(JSON.parse(told.stdout).poolers).toHaveLength(3)
    load.takeErrors()
    await load.reached(20)
    expect((await load.stop()).errors).toEqual([])
  },
)

test.skipIf(!poolerImage)(
  `a rolling restart of three poolers on one port under load goes without an error ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    // Tasks on one port stand for tasks behind a load balancer: the kernel gives new connections to those that listen.
    const settings = { ...db.settings, processes: 2 }
    const first = await startPoolerTask({ settings })
    const tasks = [
      first,
      await startPoolerTask({ settings, port: first.port }),
      await startPoolerTask({ settings, port: first.port }),
    ]
    // Connections that are given up after a while, as a pool with a maximum lifetime does.
    const load = startLoad(
      20,
      () => first.urlOf(user, password),
      async client => {
        await client.query('SELECT 1')
      },
      1000,
    )
    await load.reached(20)
    for (const task of tasks) {
      const next = await startPoolerTask({ settings, port: first.port })
      expect(await task.stop(60)).toEqual({ exitCode: 0 })
      expect(await task.logs()).not.toContain('clients are still there')
      await load.reached(5)
      expect(next.port).toBe(first.port)
    }
    const { done, errors } = await load.stop()
    expect(errors).toEqual([])
    expect(done).toBeGreaterThan(1000)
  },
)
