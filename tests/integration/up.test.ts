import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chooseServerUser, runAs } from '../../runner/embedded/server-user.ts'
import { CHECKOUT, cli, startCli } from '../harness/cli.ts'
import { createHome, type TestHome } from '../harness/platform-home.ts'
import { MAJORS, query } from '../harness/postgres.ts'
import { listening, startVerb } from '../harness/verb-process.ts'

const UP = ['up', '--database', 'playground', '--log-format', 'json']

interface UpDocument {
  readonly ok: boolean
  readonly parts: readonly { readonly name: string; readonly url: string }[]
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly seen: string }[]
  readonly passwords: readonly { readonly account: string; readonly password: string }[]
  readonly notes: readonly string[]
}

async function once(home: TestHome, ...args: string[]): Promise<UpDocument> {
  const result = await startCli([...UP, '--once', '--json', '--home', home.directory, ...args]).result
  expect(result.exit, result.stderr).toBe(0)
  return JSON.parse(result.stdout)
}

/** `up` that keeps running, with its URLs. */
async function running(home: TestHome, ...args: string[]) {
  const verb = await startVerb(
    [...UP, '--json', '--home', home.directory, ...args],
    { PATH: process.env.PATH ?? '' },
    CHECKOUT,
  )
  await listening(verb)
  const local = JSON.parse(await readFile(join(home.directory, 'local.json'), 'utf8'))
  return { verb, urls: local.urls as Record<'direct' | 'metrics' | 'replica' | 'pooled', string> }
}

const hasPgBouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].some(path => {
  try {
    execFileSync(path, ['--version'])
    return true
  } catch {
    return false
  }
})

describe('howdah up', () => {
  test.each(MAJORS)(
    'brings up Postgres %i with a replica, proves both, and leaves nothing running',
    async major => {
      await using home = await createHome()
      const report = await once(home, '--postgres', String(major), '--replica')
      expect(report.checks).toEqual([
        { name: 'migrations', ok: true, seen: '5 applied, 0 pending, 0 failed' },
        { name: 'indexes', ok: true, seen: expect.stringMatching(/, 0 invalid$/) },
        { name: 'constraints', ok: true, seen: expect.stringMatching(/, 0 not validated$/) },
        { name: 'replica', ok: true, seen: expect.stringContaining('in recovery') },
        { name: 'metrics', ok: true, seen: expect.stringContaining('HTTP 200, pg_up 1') },
        { name: 'metrics of the replica', ok: true, seen: expect.stringContaining('HTTP 200, pg_up 1') },
      ])
      expect(await home.processes()).toEqual([])
      await expect(stat(join(home.directory, 'local.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  test('keeps its data and ports, and shows a password only in the run that made it', async () => {
    await using home = await createHome()
    const first = await once(home)
    expect(first.passwords.map(({ account }) => account)).toContain('admin')
    const second = await once(home)
    expect(second.passwords).toEqual([])
    expect(second.parts).toEqual(first.parts)
    const fresh = await once(home, '--fresh')
    expect(fresh.passwords.map(({ account }) => account)).toContain('admin')
  })

  test('writes URLs that work, for nobody else to read, and other verbs find them', async () => {
    await using home = await createHome()
    const { verb, urls } = await running(home)
    await using _verb = verb
    expect((await stat(join(home.directory, 'local.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(home.directory, 'state.json'))).mode & 0o777).toBe(0o600)
    expect(await query(urls.direct, 'SELECT count(*)::int AS users FROM users')).toEqual([{ users: 51 }])
    expect(await (await fetch(urls.metrics)).text()).toMatch(/^howdah_migrations_applied(\{[^}]*\})? 5$/m)
    const password = new URL(urls.direct).password
    expect(verb.stdout() + verb.stderr()).not.toContain(password)

    const env = { HOWDAH_HOME: home.directory, HOWDAH_DATABASE: 'playground' }
    expect(await cli(['migrate', 'status'], { env })).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Up to date.'),
    })
    const shown = await cli(['config', 'show'], { env })
    expect(shown.stdout).toMatch(/databaseUrl +\[set\] +.*local\.json/)

    verb.child.kill('SIGINT')
    expect(await verb.exited).toBe(0)
    expect(await home.processes()).toEqual([])
    expect(await cli(['migrate', 'status'], { env })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('database-url-missing'),
    })
  })

  test('runs beside another home, and refuses a second run on its own', async () => {
    await using home = await createHome()
    await using other = await createHome()
    const { verb, urls } = await running(home)
    await using _verb = verb
    expect((await once(other)).ok).toBe(true)
    const again = await cli([...UP, '--once', '--home', home.directory])
    expect(again).toMatchObject({ exit: 5, stderr: expect.stringContaining('error[home-busy]') })
    expect(again.stderr).toContain(String(verb.child.pid))
    expect(await query(urls.direct, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('reports a server that ends by itself, and recovers in the next run', async () => {
    await using home = await createHome()
    const { verb } = await running(home)
    await using _verb = verb
    const postmaster = Number(
      (await readFile(join(home.directory, 'data/postmaster.pid'), 'utf8')).split('\n')[0],
    )
    process.kill(postmaster, 'SIGKILL')
    expect(await verb.exited).toBe(4)
    expect(verb.stderr()).toContain('error[server-ended] Postgres 18 is gone')
    expect((await once(home)).ok).toBe(true)
  })

  test('heals a pid file and a lock whose process ids belong to somebody else', async () => {
    await using home = await createHome()
    await once(home)
    // Alive, and of the account the server runs under: Postgres itself would refuse to start beside it.
    const stranger = spawn('sleep', ['300'], {
      ...runAs(await chooseServerUser()),
      stdio: 'ignore',
      cwd: '/',
    })
    try {
      await writeFile(join(home.directory, 'data/postmaster.pid'), `${stranger.pid}\n/somewhere\n`)
      await writeFile(join(home.directory, 'up.lock'), JSON.stringify({ pid: stranger.pid, startTime: '1' }))
      expect((await once(home)).ok).toBe(true)
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('a replica that can no longer follow is made anew, and one that is not wanted any more holds nothing back', async () => {
    await using home = await createHome()
    await once(home, '--replica')
    await writeFile(join(home.directory, 'replica/global/pg_control'), 'broken')
    expect((await once(home, '--replica')).checks.find(({ name }) => name === 'replica')).toMatchObject({
      ok: true,
    })
    const { verb, urls } = await running(home)
    await using _verb = verb
    expect(await query(urls.direct, 'SELECT slot_name FROM pg_replication_slots')).toEqual([])
  })

  test('a migration is refused on the replica', async () => {
    await using home = await createHome()
    const { verb, urls } = await running(home, '--replica')
    await using _verb = verb
    const result = await cli(['migrate', 'deploy', '--database', 'playground'], {
      env: { DATABASE_URL: urls.replica },
    })
    expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[server-read-only]') })
  })

  test.skipIf(!hasPgBouncer)(
    'pools with SCRAM in transaction mode, where a migration is refused (needs pgbouncer)',
    async () => {
      await using home = await createHome()
      const { verb, urls } = await running(home, '--pooler')
      await using _verb = verb
      expect(await query(urls.pooled, 'SELECT count(*)::int AS users FROM users')).toEqual([{ users: 51 }])
      const wrong = new URL(urls.pooled)
      wrong.password = 'wrong'
      await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow()
      const admin = new URL(urls.pooled)
      admin.pathname = '/pgbouncer'
      const config = await query<{ key: string; value: string }>(admin.href, 'SHOW CONFIG')
      expect(config.find(({ key }) => key === 'pool_mode')?.value).toBe('transaction')
      expect(config.find(({ key }) => key === 'auth_type')?.value).toBe('scram-sha-256')
      const result = await cli(['migrate', 'deploy', '--database', 'playground'], {
        env: { DATABASE_URL: urls.pooled },
      })
      expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[connection-pooled]') })
    },
  )
})

test.skipIf(userInfo().uid !== 0)(
  'as root, a home that others cannot enter gets a shelter, and goes with the home (needs root)',
  async () => {
    await using home = await createHome()
    const closed = join(home.directory, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const first = await startCli([...UP, '--once', '--json', '--home', join(closed, 'home')]).result
    expect(first.exit, first.stderr).toBe(0)
    const { dataDirectory, notes } = JSON.parse(first.stdout)
    expect(dataDirectory).toMatch(/^\/var\/lib\/howdah\//)
    expect(notes.join()).toContain(dataDirectory)
    await chmod(closed, 0o700)
    const again = JSON.parse(
      (await startCli([...UP, '--once', '--json', '--home', join(closed, 'home')]).result).stdout,
    )
    expect(again.passwords).toEqual([])
    execFileSync('rm', ['-rf', join(closed, 'home')])
    const anew = await startCli([...UP, '--once', '--json', '--home', join(closed, 'home')]).result
    expect(anew.exit, anew.stderr).toBe(0)
    expect(JSON.parse(anew.stdout).passwords).not.toEqual([])
    execFileSync('rm', ['-rf', dataDirectory])
  },
)
