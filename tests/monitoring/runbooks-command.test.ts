import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../runner/cli/run.ts'
import { HowdahError } from '../../runner/core/errors.ts'
import { quietRuntime } from '../../runner/core/runtime.ts'
import { Secret } from '../../runner/core/secret.ts'
import { DatabaseSession } from '../../runner/runbook/ask-database.ts'
import { cli } from '../harness/cli.ts'
import { untilTrue } from '../harness/collectors.ts'
import { pgbouncer, startTestPooler } from '../harness/pooler.ts'
import { createDatabase, execute } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { CANARY, session, startTroubledDatabase } from './runbooks-troubled-database.ts'

const runbook = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cli(['runbook', ...args], { env })
const diagnose = (name: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  runbook([name, '--diagnose', ...args], env)

const QUESTION = { name: 'q', tells: '', runOn: 'any', database: '', role: 'owner', means: '' } as const
const addressOf = (url: string) => ({
  url: new Secret(url),
  setting: 'databaseUrl',
  applicationName: 'test',
  connectTimeoutMs: 5000,
})

describe('howdah runbook', () => {
  test('lists every alert with severity and summary', async () => {
    const { exit, stdout } = await runbook([])
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^PgDown +critical +Postgres behind `instance` does not answer\.$/m)
    const { runbooks } = JSON.parse((await runbook(['--json'])).stdout)
    expect(runbooks.length).toBe(stdout.trim().split('\n').length)
    expect(runbooks).toContainEqual(
      expect.objectContaining({ name: 'PgBlockedSessions', severity: 'warning', fires: 'after 1m' }),
    )
  })

  test('prints a page as Markdown into a pipe, plain on a terminal, and in parts for a program', async () => {
    const piped = await runbook(['PgBlockedSessions'])
    expect(piped).toMatchObject({ exit: 0, stderr: '' })
    expect(piped.stdout).toContain('## Mitigation\n')
    expect(piped.stdout).toContain('   SELECT pg_terminate_backend(<pid>);')
    let shown = ''
    const write = (text: string) => {
      shown += text
    }
    const terminal = { write, isTerminal: true, columns: () => 80 }
    await run({
      argv: ['runbook', 'PgBlockedSessions'],
      env: {},
      cwd: '/',
      version: '0',
      stdout: terminal,
      stderr: terminal,
      signal: new AbortController().signal,
    })
    expect(shown).toContain('\nMITIGATION\n')
    expect(shown).toContain('pg_terminate_backend(<pid>);')
    expect(shown).not.toMatch(/```|<!--|^#|\*\*/m)
    const { runbook: page } = JSON.parse((await runbook(['PgBlockedSessions', '--json'])).stdout)
    expect(page.sections.map(({ title }: { title: string }) => title)).toHaveLength(6)
    expect(page.questions).toContain('blocking-tree')
  })

  test('a name nobody has is refused with the closest one; so are flags that go with nothing', async () => {
    for (const [name, closest] of [
      ['PgBlokedSessions', 'PgBlockedSessions'],
      ['pgdown', 'PgDown'],
      ['../../README', ''],
    ]) {
      const { exit, stderr, stdout } = await runbook([name ?? ''])
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
      expect(stderr).toContain(`the closest name is ${closest}`)
    }
    expect(await runbook(['--diagnose'])).toMatchObject({ exit: 2 })
    expect(await runbook(['PgDown', '--show-queries'])).toMatchObject({ exit: 2 })
    expect(await diagnose('PgBlockedSessions', {})).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('database-url-missing'),
    })
  })
})

describe('howdah runbook --diagnose', () => {
  test('shows the culprit; what somebody ran only when asked to, and the password never', async () => {
    const { db, monitorUrl, root } = await startTroubledDatabase(18)
    const hostile = await session(db.url, 'evil\u001b[31m\u202eapp')
    await hostile.query('BEGIN; SELECT 1')
    const before = await counters(db.url)
    const env = { DIRECT_URL: monitorUrl, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }
    const { exit, stdout, stderr } = await diagnose('PgBlockedSessions', env)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/^Asked: 127\.0\.0\.1:\d+\/\w+, Postgres 18\.\d+, primary$/m)
    expect(stdout).toContain('blocking-tree: who waits for a lock')
    expect(stdout).toMatch(new RegExp(`^  ${root} `, 'm'))
    expect(stdout).toContain('[hidden: --show-queries]')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not come through
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    const json = await diagnose('PgBlockedSessions', env, '--json')
    const { answers } = JSON.parse(json.stdout)
    expect(answers[0]).toMatchObject({ question: 'blocking-tree', state: 'answered', more: false })
    const failed = await diagnose('PgMigrationFailed', env)
    expect(failed.exit, failed.stderr).toBe(0)
    const password = new URL(monitorUrl).password
    for (const text of [stdout, json.stdout, failed.stdout]) {
      expect(text).not.toContain(CANARY)
      expect(text).not.toContain(password)
    }
    expect((await diagnose('PgBlockedSessions', env, '--show-queries')).stdout).toContain(CANARY)
    expect(await counters(db.url)).toBe(before)
  })

  test('asks a server in vain: each question says why, the pooler is asked all the same, and the exit code is 4', async () => {
    const env = { DATABASE_URL: 'postgresql://shop:canary@127.0.0.1:1/shop' }
    const { exit, stdout, stderr } = await diagnose('PgDown', env)
    expect(exit).toBe(4)
    expect(stdout).toContain('failed: no Postgres answers at 127.0.0.1:1: the connection was refused')
    expect(stdout).toContain('skipped: a question for PgBouncer; --pooler-admin-urls names none')
    expect(`${stdout}${stderr}`).not.toContain('canary')
  })

  test('a question for a replica is skipped on a primary, with the reason', async () => {
    await using db = await createDatabase()
    const { exit, stdout } = await diagnose('PgReplicationBroken', { DATABASE_URL: db.url }, '--json')
    expect(exit).toBe(0)
    const { answers } = JSON.parse(stdout)
    expect(answers.find(({ question }: { question: string }) => question === 'replica-state')).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('this server is a primary'),
    })
  })

  test('one question that fails costs the others nothing', async () => {
    await using db = await createDatabase()
    const { exit, stdout } = await diagnose('PgMigrationFailed', { DATABASE_URL: db.url }, '--json')
    expect(exit).toBe(4)
    const { ok, answers } = JSON.parse(stdout)
    expect(ok).toBe(false)
    const states = Object.fromEntries(
      answers.map(({ question, state }: Record<string, string>) => [question, state]),
    )
    expect(states).toMatchObject({ 'migration-history': 'failed', 'migration-sessions': 'answered' })
  })

  test('a role that may see nothing is told so by the server, and gets what is left', async () => {
    await using db = await createDatabase()
    const role = `r_${randomBytes(4).toString('hex')}`
    await execute(db.url, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
    onTestFinished(() => execute(db.adminUrl, `DROP ROLE ${role}`))
    const url = Object.assign(new URL(db.url), { username: role, password: 'x' }).href
    const { exit, stdout } = await diagnose('PgDiskHigh', { DATABASE_URL: url })
    expect(exit).toBe(4)
    expect(stdout).toContain('The role does not see what others do (pg_monitor): "no row" says nothing.')
    expect(stdout).toMatch(/failed: the server rejected a statement: permission denied for function pg_ls_/)
    expect(stdout).toContain('database-sizes')
  })

  test('a server that accepts and then says nothing does not hold it for longer than it may', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const url = `postgresql://shop@127.0.0.1:${port}/shop?sslmode=disable`
    const { exit, stdout } = await diagnose(
      'PgBlockedSessions',
      { DATABASE_URL: url },
      '--connect-timeout-ms',
      '300',
    )
    expect(exit).toBe(4)
    expect(stdout).toContain('failed: no Postgres answers')
  })

  test('an interruption ends it at once, and its statement with it', async () => {
    await using db = await createDatabase()
    const interruption = new AbortController()
    const runtime = quietRuntime({ signal: interruption.signal })
    const asking = await DatabaseSession.open(addressOf(db.url), { runtime, showQueries: false })
    const asked = asking.ask({ ...QUESTION, sql: 'SELECT pg_sleep(60)' })
    const running = `SELECT count(*) = $1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'FETCH%' AND state = 'active'`
    await untilTrue(db.url, running, [1])
    // Sooner than the statement would end by its timeout.
    const meanwhile = execute(db.url, 'SELECT pg_sleep(3)').then(() => 'slept')
    interruption.abort(new Error('interrupted'))
    expect(await Promise.race([asked.catch(String), meanwhile])).toBe('Error: interrupted')
    await meanwhile
    await untilTrue(db.url, running, [0])
    await asking.close()
    const { exit } = await cli(['runbook', 'PgBlockedSessions', '--diagnose'], {
      env: { DATABASE_URL: db.url },
      signal: AbortSignal.abort(new HowdahError('interrupted', { signal: 'SIGINT' })),
    })
    expect(exit).toBe(130)
  })

  test('a server that falls silent in the middle fails the question, and those after it', async () => {
    await using db = await createDatabase()
    await using proxy = await startTcpProxy(db.url)
    const asking = await DatabaseSession.open(addressOf(proxy.throughProxy(db.url)), {
      runtime: quietRuntime(),
      showQueries: false,
    })
    proxy.freeze()
    const outcomes = [
      await asking.ask({ ...QUESTION, sql: 'SELECT 1' }),
      await asking.ask({ ...QUESTION, sql: 'SELECT 1' }),
    ]
    await asking.close()
    expect(outcomes).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('no answer within 6000 ms') },
      { state: 'failed' },
    ])
  })

  test('nothing that it asks can change anything', async () => {
    await using db = await createDatabase()
    await execute(
      db.url,
      'CREATE TABLE t (i int)',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$INSERT INTO t VALUES (1) RETURNING i$$',
    )
    const asking = await DatabaseSession.open(addressOf(db.url), {
      runtime: quietRuntime(),
      showQueries: false,
    })
    const outcomes = [
      await asking.ask({ ...QUESTION, sql: 'SELECT f();' }),
      await asking.ask({ ...QUESTION, sql: 'DELETE FROM t;' }),
      await asking.ask({ ...QUESTION, sql: 'SELECT pg_sleep(60)' }),
      await asking.ask({ ...QUESTION, sql: 'SELECT generate_series(1, 1000000000)' }),
    ]
    await asking.close()
    expect(outcomes).toMatchObject([
      {
        state: 'failed',
        reason: expect.stringContaining('read-only'),
        hint: expect.stringContaining('role owner'),
      },
      { state: 'failed' },
      { state: 'failed', reason: expect.stringContaining('statement timeout') },
      { state: 'answered', more: true },
    ])
    expect(outcomes[3]?.state === 'answered' ? outcomes[3].rows : []).toHaveLength(50)
  })
})

describe.skipIf(!pgbouncer)(
  'the questions for PgBouncer (needs pgbouncer: apt-get install pgbouncer)',
  () => {
    test('show who waits, beside the answers of the database', async () => {
      await using db = await createDatabase()
      const { url, adminUrl } = await startTestPooler(db)
      await execute(adminUrl, 'SET default_pool_size = 1')
      const [holder, waiting] = [await session(url, ''), await session(url, '')]
      await holder.query('BEGIN; SELECT 1')
      waiting.query('SELECT 1').catch(() => undefined)
      const env = { DATABASE_URL: db.url, HOWDAH_POOLER_ADMIN_URLS: adminUrl }
      const waits = async () => {
        const { stdout } = await diagnose('PgBouncerClientsWaiting', env, '--json')
        const { answers } = JSON.parse(stdout)
        const pools = answers.find(({ question }: { question: string }) => question === 'pooler-pools')
        const row = pools.rows.find(([database]: string[]) => database === db.name) ?? []
        return Object.fromEntries(pools.columns.map((column: string, index: number) => [column, row[index]]))
      }
      await expect.poll(waits).toMatchObject({ cl_waiting: '1', sv_active: '1' })
      const all = await diagnose('PgBouncerClientLimit', env)
      expect(all.exit, all.stdout).toBe(0)
      expect(all.stdout).toContain(`(PgBouncer ${new URL(adminUrl).host})`)
      expect(all.stdout).not.toContain(new URL(adminUrl).password)
    })
  },
)

/** Nothing was written since: the position of the WAL would move, were it not for others; so what this database counts. */
async function counters(url: string): Promise<string> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query(
    'SELECT tup_inserted + tup_updated + tup_deleted AS n FROM pg_stat_database WHERE datname = current_database()',
  )
  await client.end()
  return rows[0].n
}
