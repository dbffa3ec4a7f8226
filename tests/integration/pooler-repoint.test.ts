import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { poll } from '../../runner/core/poll.ts'
import { cli, startCli } from '../harness/cli.ts'
import { createPooledDatabase, standInFor } from '../harness/pooled-database.ts'
import { clientOf, pausedIn, pooler, targetFolder, threeProcesses } from '../harness/pooler-fleet.ts'
import { IMAGE, poolerImage, startPoolerTask } from '../harness/pooler-image.ts'
import { startLoad } from '../harness/pooler-load.ts'
import { execute, query } from '../harness/postgres.ts'

const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }

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
