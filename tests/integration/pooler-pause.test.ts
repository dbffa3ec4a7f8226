import { expect, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { HowdahError } from '../../runner/core/errors.ts'
import { poll } from '../../runner/core/poll.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { poolerStatus } from '../../runner/pooler/pooler.ts'
import { cli } from '../harness/cli.ts'
import { createPooledDatabase } from '../harness/pooled-database.ts'
import { clientOf, pausedIn, pooler, threeProcesses } from '../harness/pooler-fleet.ts'
import { IMAGE, type PoolerTask, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'

const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }

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
