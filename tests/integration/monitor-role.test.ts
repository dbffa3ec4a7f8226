import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { cli } from '../harness/cli.ts'
import { deploy, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, MAJORS, query, type TestDatabase } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const PASSWORD = 'canary-of-the-monitor'

/** Roles belong to the whole server: each test has one of its own, with a name that wants quoting. */
const roleName = () => `mon"itor é ${randomBytes(4).toString('hex')}`

const setup = (db: TestDatabase, role: string, ...args: string[]) =>
  cli(['setup', 'monitor-role', '--role', role, ...args], {
    env: { DATABASE_URL: db.url, HOWDAH_MONITOR_PASSWORD: PASSWORD },
  })

async function asRole(db: TestDatabase, role: string): Promise<Client> {
  const { hostname, port, pathname } = new URL(db.url)
  const client = new Client({
    host: hostname,
    port: Number(port),
    user: role,
    password: PASSWORD,
    database: pathname.slice(1),
  })
  await client.connect()
  return client
}

const quoted = (role: string) => `"${role.replaceAll('"', '""')}"`

const drop = (db: TestDatabase, role: string) =>
  execute(db.url, `DROP OWNED BY ${quoted(role)}`, `DROP ROLE ${quoted(role)}`)

describe.each(MAJORS)('the role for monitoring, on Postgres %i', major => {
  test('is printed first, then made; it sees what is measured, changes nothing, and is left alone when it is right', async () => {
    await using project = await createProject({ '1_init/migration.sql': `${INIT}CREATE SEQUENCE s;` })
    await using db = await createDatabase({ major })
    expect(await deploy(project, db)).toMatchObject({ exit: 0 })
    const role = roleName()
    const printed = await setup(db, role)
    expect(printed.exit, printed.stderr).toBe(0)
    expect(printed.stdout).toContain(`CREATE ROLE ${quoted(role)} LOGIN CONNECTION LIMIT 5;`)
    expect(printed.stdout).toContain('GRANT pg_monitor')
    expect(await query(db.url, `SELECT FROM pg_roles WHERE rolname = '${role}'`)).toEqual([])

    const made = await setup(db, role, '--apply', '--json')
    expect(made.exit, made.stderr).toBe(0)
    expect(JSON.parse(made.stdout)).toMatchObject({ applied: true, role })
    for (const text of [printed.stdout, printed.stderr, made.stdout, made.stderr])
      expect(text).not.toContain(PASSWORD)

    const session = await asRole(db, role)
    try {
      const see = async (sql: string) => (await session.query(sql)).rowCount
      expect(await see('SELECT last_value FROM public.s')).toBe(1)
      expect(await see('SELECT 1 FROM public._prisma_migrations')).toBe(1)
      expect(await see('SELECT 1 FROM howdah.step')).toBe(1)
      // Sequences and tables of a later migration, too.
      await execute(db.url, 'CREATE SEQUENCE public.later', 'CREATE TABLE howdah.later (id int)')
      expect(await see('SELECT last_value FROM public.later')).toBe(1)
      expect(await see('SELECT 1 FROM howdah.later')).toBe(0)
      await expect(session.query('SELECT * FROM public.a')).rejects.toMatchObject({ code: '42501' })
      await expect(session.query("SELECT nextval('public.s')")).rejects.toThrow()
      await expect(session.query('CREATE TABLE public.x ()')).rejects.toThrow()
      expect((await session.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '3s' }])
    } finally {
      await session.end()
    }
    const again = await cli(['setup', 'monitor-role', '--role', role, '--apply'], {
      env: { DATABASE_URL: db.url },
    })
    expect(again.stdout).toContain('Nothing to do')
    await execute(
      db.url,
      `REVOKE pg_monitor FROM ${quoted(role)}`,
      `ALTER ROLE ${quoted(role)} SET lock_timeout = '1h'`,
    )
    const mended = await cli(['setup', 'monitor-role', '--role', role, '--apply', '--json'], {
      env: { DATABASE_URL: db.url },
    })
    expect(JSON.parse(mended.stdout).statements).toHaveLength(2)
    await drop(db, role)
  })
})

test('a superuser and the role that asks are refused; without the privilege nothing is left half made', async () => {
  await using db = await createDatabase()
  const [me] = await query<{ name: string }>(db.url, 'SELECT current_user AS name')
  expect(await setup(db, me?.name ?? '', '--apply')).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('monitor-role-refused'),
  })
  const poor = `poor_${randomBytes(4).toString('hex')}`
  await execute(db.url, `CREATE ROLE ${poor} LOGIN PASSWORD '${PASSWORD}'`)
  const url = new URL(db.url)
  url.username = poor
  url.password = PASSWORD
  const role = roleName()
  const refused = await setup({ ...db, url: url.href }, role, '--apply')
  expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('privilege-missing') })
  expect(refused.stderr).not.toContain('SCRAM')
  expect(await query(db.url, `SELECT FROM pg_roles WHERE rolname = '${role}'`)).toEqual([])
  await drop(db, poor)
})
