import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../runner/core/clock.ts'
import { poll } from '../../runner/core/poll.ts'
import { cli } from '../harness/cli.ts'
import { createPooledDatabase, LIMITS } from '../harness/pooled-database.ts'
import {
  ADMIN_PASSWORD,
  AUTH_PASSWORD,
  docker,
  IMAGE,
  poolerImage,
  startPoolerTask,
} from '../harness/pooler-image.ts'
import { query } from '../harness/postgres.ts'

const PATIENTLY = { clock: systemClock, budgetMs: 20_000, firstPauseMs: 20, maxPauseMs: 100 }

test.skipIf(!poolerImage)(
  `the right password gets in by way of auth_query, a wrong one does not ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    const task = await startPoolerTask({ settings: db.settings })
    expect(await query(task.urlOf(user, password), 'SELECT session_user, current_user')).toEqual([
      { session_user: user, current_user: db.role },
    ])
    for (const [name, wrong] of [
      [user, 'wrong'],
      ['nobody-such', 'x'],
      [db.other(user), password],
    ] as const)
      await expect(query(task.urlOf(name, wrong), 'SELECT 1')).rejects.toThrow(
        /SASL authentication failed|password authentication failed|no such user/,
      )
    // The admin's account opens the console, and is nobody to the database.
    await expect(query(task.urlOf('pgb_admin', ADMIN_PASSWORD), 'SELECT 1')).rejects.toThrow()
    await expect(query(task.urlOf('pgb_admin', 'wrong', 'pgbouncer'), 'SHOW VERSION')).rejects.toThrow(
      /SASL|password/,
    )
    await expect(query(task.urlOf('pgb_stats', 'stats-password', 'pgbouncer'), 'PAUSE')).rejects.toThrow(
      /admin access needed/,
    )
  },
)

test.skipIf(!poolerImage)(`nothing in the container is root's, writable or secret ${IMAGE}`, async () => {
  await using db = await createPooledDatabase()
  const task = await startPoolerTask({ settings: { ...db.settings, processes: 2 } })
  expect(await task.exec('id', '-u')).toBe('10001')
  await expect(task.exec('touch', '/usr/local/bin/x')).rejects.toThrow(/Read-only file system/)
  const environments = await task.exec('bash', '-c', 'cat /proc/[0-9]*/environ | tr "\\0" "\\n"')
  const commands = await task.exec('bash', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')
  const logs = await task.logs()
  // The process that asks is the one that docker starts: it has the container's environment, as every `docker exec` has.
  const ours = await task.exec(
    'bash',
    '-c',
    'for p in /proc/[0-9]*; do [[ $(<$p/cmdline) == *pooler-healthy* || $p == /proc/$$ ]] || grep -lz PASSWORD $p/environ; done; true',
  )
  expect(ours).toBe('')
  for (const secret of [AUTH_PASSWORD, 'stats-password']) {
    expect(commands).not.toContain(secret)
    expect(logs).not.toContain(secret)
  }
  expect(environments).toContain('PGBOUNCER_DIRECTORY')
  expect(await task.exec('stat', '-c', '%a', '/run/pgbouncer/userlist.txt')).toBe('600')
})

test.skipIf(!poolerImage).each([
  [{ PGBOUNCER_INI: '' }, 'PGBOUNCER_INI is not set'],
  [{ PGBOUNCER_PROCESSES: '0' }, 'PGBOUNCER_PROCESSES must be a number from 1 to 99'],
  [{ PGBOUNCER_PROCESSES: '3' }, 'the ini was rendered for one'],
  [{ PGBOUNCER_AUTH_PASSWORD: '' }, 'PGBOUNCER_AUTH_PASSWORD is not set'],
  [{ PGBOUNCER_AUTH_USER: 'somebody' }, 'PGBOUNCER_AUTH_USER is not the auth_user of the ini'],
  [{ PGBOUNCER_TARGET: 'db; rm -rf /' }, 'PGBOUNCER_TARGET must be host:port'],
  [{ PGBOUNCER_ADMIN_PASSWORD: 'two\nlines' }, 'PGBOUNCER_ADMIN_PASSWORD has a line break'],
])(`%j is refused by name, with exit code 2 and no value ${IMAGE}`, async (env, message) => {
  await using db = await createPooledDatabase()
  const given: Record<string, string> = { ...db.environment(), ...env }
  const names = Object.keys(given).flatMap(name => ['--env', name])
  const failed = await docker(
    ['run', '--rm', '--tmpfs', '/run/pgbouncer:uid=10001', ...names, poolerImage ?? ''],
    given,
  ).then(
    () => undefined,
    error => error,
  )
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  expect(failed.stderr).not.toContain('two\nlines')
})

test.skipIf(!poolerImage)(
  `health is of the processes, not of the database behind them ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const nowhere = { host: '127.0.0.1', port: 1 }
    const task = await startPoolerTask({
      settings: { ...db.settings, target: nowhere, processes: 2, clientLoginTimeoutSeconds: 2 },
    })
    await task.exec('pooler-healthy')
    const { user, password } = await db.rotate()
    await expect(query(task.urlOf(user, password), 'SELECT 1')).rejects.toThrow()
    await task.exec('pooler-healthy')
    // One process that hangs is not seen by the other's answer: the one that died is.
    await task.exec('bash', '-c', 'kill -KILL $(</run/pgbouncer/2/pid)')
    const exited = async () =>
      (await docker(['inspect', '--format', '{{.State.Status}}', task.id])) === 'exited' ? true : undefined
    expect(await poll(exited, PATIENTLY)).toBe(true)
    expect(await docker(['inspect', '--format', '{{.State.ExitCode}}', task.id])).toBe('2')
    expect(await task.logs()).toContain('ended by itself')
  },
)

test.skipIf(!poolerImage)(
  `SIGTERM lets clients leave, and ends those that do not after the drain ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    const task = await startPoolerTask({
      settings: { ...db.settings, processes: 2 },
      env: { PGBOUNCER_DRAIN_SECONDS: '2' },
    })
    const busy = new Client(task.urlOf(user, password))
    await busy.connect()
    onTestFinished(() => busy.end().catch(() => undefined))
    busy.on('error', () => undefined)
    const statement = busy.query("SELECT pg_sleep(3), 'finished' AS word")
    const stopping = task.stop(30)
    // Its transaction comes to its end, though the drain was over before.
    expect((await statement).rows).toMatchObject([{ word: 'finished' }])
    expect(await stopping).toEqual({ exitCode: 0 })
    await expect(busy.query('SELECT 1')).rejects.toThrow()
  },
)

test.skipIf(!poolerImage)(
  `a cancel request reaches the right one of several processes ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const { user, password } = await db.rotate()
    const task = await startPoolerTask({ settings: { ...db.settings, processes: 4 } })
    for (let round = 0; round < 4; round += 1) {
      const client = new Client(task.urlOf(user, password))
      await client.connect()
      const sleeping = client.query('SELECT pg_sleep(60)').catch(error => error)
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
      await poll(async () => ((await db.sleepers()) > 0 ? true : undefined), PATIENTLY)
      const other = new Client(task.urlOf(user, password)) as unknown as {
        cancel(client: unknown, query: unknown): void
      }
      other.cancel(
        {
          ...client,
          processID,
          secretKey,
          host: '127.0.0.1',
          port: task.port,
          activeQuery: 1,
          _getActiveQuery: () => 1,
        },
        1,
      )
      expect(await sleeping).toMatchObject({ code: '57014' })
      await client.end()
    }
  },
)

test.skipIf(!poolerImage)(
  `status finds every process behind one port, and a secret password for them all ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const task = await startPoolerTask({ settings: { ...db.settings, processes: 4, limits: LIMITS } })
    const bare = Object.assign(new URL(task.adminUrl), { password: '' }).href
    const result = await cli(['pooler', 'status', '--json'], {
      env: { HOWDAH_POOLER_ADMIN_URLS: bare, HOWDAH_POOLER_ADMIN_PASSWORD: ADMIN_PASSWORD },
    })
    expect(result.exit, result.stderr).toBe(0)
    const { processes } = JSON.parse(result.stdout)
    expect(processes.map(({ pooler }: { pooler: string }) => pooler)).toEqual(
      [1, 2, 3, 4].map(number => `127.0.0.1:${task.port}#${number}`),
    )
    expect(result.stdout + result.stderr).not.toContain(ADMIN_PASSWORD)
  },
)

test.skipIf(!poolerImage)(
  `a target file changes the configuration, and nonsense in it changes nothing ${IMAGE}`,
  async () => {
    await using db = await createPooledDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'howdah-target-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await docker(['version'])
    await writeFile(join(folder, 'target'), '')
    const { chmod } = await import('node:fs/promises')
    await chmod(folder, 0o755)
    const task = await startPoolerTask({
      settings: db.settings,
      env: { PGBOUNCER_TARGET_FILE: '/target/target' },
      mounts: { '/target': folder },
    })
    const hosts = () =>
      task.exec('bash', '-c', "grep -o 'host=.* port=[0-9]*' /run/pgbouncer/1/pgbouncer.ini")
    const before = await hosts()
    await writeFile(join(folder, 'target'), "evil' password=x:5432\n")
    await poll(
      async () => ((await task.logs()).includes('does not hold host:port') ? true : undefined),
      PATIENTLY,
    )
    expect(await hosts()).toBe(before)
    await writeFile(join(folder, 'target'), '[fd00::1]:6000\n')
    const moved = async () => ((await hosts()) === 'host=fd00::1 port=6000' ? true : undefined)
    expect(await poll(moved, PATIENTLY)).toBe(true)
  },
)
