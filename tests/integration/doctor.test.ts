import { expect, onTestFinished, test } from 'vitest'
import { createDatabase, execute, MAJORS, type TestDatabase } from '../harness/postgres.ts'
import { startVerb } from '../harness/verb-process.ts'

interface Finding {
  readonly key: string
  readonly status: string
  readonly sentence: string
  readonly next: string | null
}

/** Runs `howdah doctor --json`; its exit code, its findings by key, and everything it wrote. */
async function examine(env: Readonly<Record<string, string>>) {
  await using verb = await startVerb(['doctor', '--json', '--connect-timeout-ms', '2000'], env)
  const exit = await verb.exited
  const document = JSON.parse(verb.stdout()) as { ok: boolean; findings: Finding[] }
  const found = new Map(document.findings.map(finding => [finding.key, finding]))
  return { exit, ok: document.ok, found, output: verb.stdout() + verb.stderr() }
}

const statuses = (found: ReadonlyMap<string, Finding>) =>
  Object.fromEntries([...found].map(([key, { status }]) => [key, status]))

/** A login role of its own, without any privilege. */
async function plainRole(database: TestDatabase): Promise<{ role: string; url: string }> {
  const role = `role_${database.name}`
  await execute(database.adminUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'hunter2'`)
  onTestFinished(async () => {
    await database[Symbol.asyncDispose]()
    await execute(database.adminUrl, `DROP ROLE ${role}`)
  })
  const url = new URL(database.url)
  url.username = role
  url.password = 'hunter2'
  return { role, url: url.href }
}

test.each(MAJORS)('a sound database on Postgres %i is healthy, and everything was looked at', async major => {
  await using database = await createDatabase({ major })
  await execute(database.url, 'CREATE EXTENSION pg_stat_statements')
  const { exit, ok, found } = await examine({ DATABASE_URL: database.url })
  expect(statuses(found)).toEqual({
    'connectivity.reach': 'ok',
    'connectivity.tls': 'ok',
    'versions.server': 'ok',
    'versions.node': 'ok',
    'versions.driver': 'ok',
    'primary.recovery': 'ok',
    'pooler.direct': 'ok',
    'privileges.schema': 'ok',
    'privileges.ledger': 'ok',
    'privileges.statistics': 'ok',
    'privileges.superuser': 'note',
    'extensions.pg_stat_statements': 'ok',
    'extensions.versions': 'ok',
    'latency.round-trip': 'ok',
    'clock.skew': 'ok',
  })
  expect([exit, ok]).toEqual([0, true])
  expect(found.get('versions.server')?.sentence).toContain(`PostgreSQL ${major}.`)
  expect(found.get('clock.skew')?.sentence).toMatch(/± \d+\.\d ms \(half a round trip of/)
})

test('missing privileges are problems, and the commands it prints put them right', async () => {
  const database = await createDatabase()
  const { url } = await plainRole(database)
  const before = await examine({ DATABASE_URL: url })
  expect(before.exit).toBe(6)
  expect(statuses(before.found)).toMatchObject({
    'privileges.schema': 'problem',
    'privileges.ledger': 'problem',
    'privileges.statistics': 'note',
    'extensions.pg_stat_statements': 'unknown',
  })
  for (const key of ['privileges.schema', 'privileges.ledger', 'privileges.statistics']) {
    const [, command = ''] = /`(.+)`/.exec(before.found.get(key)?.next ?? '') ?? []
    await execute(database.url, command)
  }
  const after = await examine({ DATABASE_URL: url })
  expect(after.exit).toBe(0)
  expect(statuses(after.found)).toMatchObject({
    'privileges.schema': 'ok',
    'privileges.ledger': 'ok',
    'privileges.statistics': 'ok',
  })
})

test('a history that cannot be read is a problem, and so is a missing schema that cannot be made', async () => {
  const database = await createDatabase()
  const { url, role } = await plainRole(database)
  await execute(
    database.url,
    `GRANT CREATE ON SCHEMA public TO ${role}`,
    'CREATE TABLE _prisma_migrations (id text)',
  )
  const { found } = await examine({ DATABASE_URL: url })
  expect(found.get('privileges.history')?.status).toBe('problem')
  const elsewhere = await examine({ DATABASE_URL: `${url}?schema=shop` })
  expect(elsewhere.found.get('privileges.schema')).toMatchObject({
    status: 'problem',
    next: `As a superuser: \`CREATE SCHEMA "shop" AUTHORIZATION "${role}"\`.`,
  })
})

test('a role whose transactions are read-only by default is warned of', async () => {
  const database = await createDatabase()
  const { url, role } = await plainRole(database)
  await execute(database.adminUrl, `ALTER ROLE ${role} SET default_transaction_read_only = on`)
  const { found } = await examine({ DATABASE_URL: url })
  expect(found.get('primary.read-only')?.status).toBe('warning')
})

const UNREACHABLE = [
  ['nobody listening', () => 'postgresql://u:hunter2@127.0.0.1:9/x', 'the connection was refused'],
  ['a wrong password', (url: URL) => Object.assign(url, { password: 'hunter2' }).href, 'refused user'],
  ['a missing database', (url: URL) => Object.assign(url, { pathname: '/hunter3' }).href, 'does not exist'],
] as const

test.each(UNREACHABLE)(
  '%s is explained, and nothing beyond it counts as checked',
  async (_, urlOf, reason) => {
    await using database = await createDatabase()
    const { exit, ok, found, output } = await examine({ DATABASE_URL: urlOf(new URL(database.url)) })
    expect([exit, ok]).toEqual([6, false])
    const reach = found.get('connectivity.reach')
    expect(reach?.status).toBe('problem')
    expect(reach?.sentence).toContain(reason)
    expect(reach?.next).toBeTruthy()
    const fine = [...found.values()].filter(({ status }) => status === 'ok').map(({ key }) => key)
    expect(fine.sort()).toEqual(['versions.driver', 'versions.node'])
    expect(output).not.toContain('hunter2')
    expect(output).not.toContain(new URL(database.url).password)
  },
)

test("the application's own address is tried as well when it differs", async () => {
  await using database = await createDatabase()
  const { exit, found } = await examine({
    DIRECT_URL: database.url,
    DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:9/x',
  })
  expect(exit).toBe(6)
  expect(found.get('pooler.direct')?.status).toBe('ok')
  expect(found.get('pooler.application')).toMatchObject({
    status: 'problem',
    sentence: expect.stringContaining('databaseUrl'),
  })
})

test('for a person every finding has a mark, and what is not fine says what to do', async () => {
  await using verb = await startVerb(['doctor'], { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:9/x' })
  expect(await verb.exited).toBe(6)
  expect(verb.stdout()).toMatch(/^✘ connectivity\.reach +no Postgres answers at 127\.0\.0\.1:9/m)
  expect(verb.stdout()).toMatch(/^ +→ Check host, port/m)
  expect(verb.stdout()).toMatch(/^\? clock +not checked: there is no connection/m)
  expect(verb.stdout()).toMatch(/^Not healthy: 1 problem, /m)
})

test('an address that is no Postgres URL is a usage error', async () => {
  await using verb = await startVerb(['doctor'], { DATABASE_URL: 'mysql://u:hunter2@h/d' })
  expect(await verb.exited).toBe(2)
  expect(verb.stderr()).toContain('error[database-url-invalid]')
  expect(verb.stderr()).not.toContain('hunter2')
})
