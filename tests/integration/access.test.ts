import { describe, expect, test } from 'vitest'
import { accessStage, quoted } from '../harness/access.ts'
import { cli } from '../harness/cli.ts'
import { execute, MAJORS, query } from '../harness/postgres.ts'
import { OBJECTS, privilegesOf, wantedPrivileges } from './access/matrix.ts'

describe.each(MAJORS)('roles and grants, on Postgres %i', major => {
  test('are printed first, then made by a role that is no superuser; a second run has nothing to do', async () => {
    await using stage = await accessStage(major)
    const printed = await stage.setup('--dry-run')
    expect(printed.exit, printed.stderr).toBe(0)
    const [owner] = await query(stage.db.url, 'SELECT FROM pg_roles WHERE rolname = $1', [stage.names.owner])
    expect(owner).toBeUndefined()
    const made = await stage.setup('--json')
    expect(made.exit, made.stderr + made.stdout).toBe(0)
    const { statements } = JSON.parse(made.stdout) as { statements: { sql: string }[] }
    for (const { sql } of statements) expect(printed.stdout).toContain(`${sql};`)
    const again = await stage.setup()
    expect(again.stdout).toContain('Nothing to do')
    // The role for monitoring is what its own verb would make of it, seen by whoever migrates.
    const monitor = await cli(['setup', 'monitor-role', '--role', stage.names.monitor], {
      env: { DATABASE_URL: await stage.urlOf(stage.names.migrator) },
    })
    expect(monitor.stdout).toContain('Nothing to do')
  })

  test('give each role what is declared and no more, on what was there before and on what is made later', async () => {
    await using stage = await accessStage(major)
    const { names, db } = stage
    const bystander = `${names.master} bystander`
    await execute(db.adminUrl, `CREATE ROLE ${quoted(bystander)} LOGIN`)
    // As RDS leaves it: the master has made things, and anybody may call functions.
    await execute(stage.masterUrl, ...OBJECTS('before'))
    const made = await stage.setup()
    expect(made.exit, made.stderr).toBe(0)
    await execute(await stage.urlOf(names.migrator), ...OBJECTS('later'))
    const roles = { ...names, bystander }
    const found = await privilegesOf(db.url, roles, ['before', 'later'])
    expect(found).toEqual(wantedPrivileges(major, ['before', 'later']))

    // A session that has left the owner's role behind makes things of its own, which everybody may use all the same.
    await execute(await stage.urlOf(names.migrator), 'SET ROLE NONE', ...OBJECTS('strayed'))
    const strayed = await privilegesOf(db.url, roles, ['strayed'])
    const wanted = wantedPrivileges(major, ['strayed'])
    for (const role of ['application', 'readOnly', 'monitor', 'pooler', 'bystander'])
      expect(strayed[role]).toEqual(wanted[role])
    const drift = await stage.setup('--check')
    expect(drift).toMatchObject({
      exit: 6,
      stdout: expect.stringContaining(`belongs to "${names.migrator}"`),
    })
    expect((await stage.setup()).exit).toBe(0)
    expect(await privilegesOf(db.url, roles, ['before', 'later', 'strayed'])).toEqual(
      wantedPrivileges(major, ['before', 'later', 'strayed']),
    )
  })

  test('that somebody changed are named and put back', async () => {
    await using stage = await accessStage(major)
    const { names, db } = stage
    await execute(stage.masterUrl, ...OBJECTS('t'))
    expect((await stage.setup()).exit).toBe(0)
    const role = Object.fromEntries(Object.entries(names).map(([kind, name]) => [kind, quoted(name)]))
    const database = quoted(db.name)
    const own = `ALTER DEFAULT PRIVILEGES FOR ROLE ${role.owner}`
    const drifts: [string, string][] = [
      [`GRANT TRUNCATE ON t_table TO ${role.application}`, 'has TRUNCATE on table public.t_table'],
      [`GRANT SELECT (id) ON t_table TO ${role.pooler}`, 'has SELECT on table public.t_table, column id'],
      ['GRANT SELECT ON t_view TO PUBLIC', 'PUBLIC has SELECT on table public.t_view'],
      [`REVOKE SELECT ON t_table FROM ${role.readOnly}`, 'lacks SELECT on table public.t_table'],
      [`GRANT UPDATE ON t_table TO ${role.application} WITH GRANT OPTION`, 'may grant on UPDATE on table'],
      ['GRANT EXECUTE ON FUNCTION t_function(int) TO PUBLIC', 'PUBLIC has EXECUTE on routine'],
      [`GRANT CREATE ON SCHEMA public TO ${role.application}`, 'has CREATE on schema "public"'],
      [`GRANT CREATE ON DATABASE ${database} TO ${role.readOnly}`, `has CREATE on database "${db.name}"`],
      [`GRANT TEMPORARY ON DATABASE ${database} TO PUBLIC`, 'PUBLIC has TEMPORARY on database'],
      [`${own} IN SCHEMA public REVOKE SELECT ON TABLES FROM ${role.readOnly}`, 'will lack SELECT on tables'],
      [
        `${own} IN SCHEMA public GRANT TRUNCATE ON TABLES TO ${role.application}`,
        'will have TRUNCATE on tables',
      ],
      [`${own} GRANT EXECUTE ON ROUTINES TO PUBLIC`, 'PUBLIC will have EXECUTE on routines'],
      [`ALTER ROLE ${role.application} SET statement_timeout = '1h'`, 'is 1h'],
      [`ALTER ROLE ${role.migrator} RESET role`, 'has no role'],
      [
        `ALTER ROLE ${role.application} IN DATABASE ${database} SET lock_timeout = 0`,
        `is 0 in database "${db.name}"`,
      ],
      [`ALTER ROLE ${role.readOnly} CREATEDB`, 'has CREATEDB'],
      [`ALTER ROLE ${role.owner} LOGIN`, 'may log in'],
      [`ALTER ROLE ${role.monitor} CONNECTION LIMIT 500`, 'may have 500 sessions, not 5 sessions'],
      [`ALTER ROLE ${role.pooler} NOLOGIN`, 'may not log in'],
      [`ALTER TABLE t_partitioned OWNER TO ${role.application}`, `belongs to "${names.application}"`],
      [`ALTER FUNCTION t_function(int) OWNER TO ${role.master}`, `belongs to "${names.master}"`],
      [`ALTER SCHEMA howdah OWNER TO ${role.master}`, `schema "howdah" belongs to "${names.master}"`],
      [
        `ALTER DATABASE ${database} OWNER TO ${role.master}`,
        `database "${db.name}" belongs to "${names.master}"`,
      ],
    ]
    await execute(db.url, 'SET search_path = public', ...drifts.map(([sql]) => sql))
    // From 16 on, only whoever granted a membership can take it back; so this is what the master did.
    await execute(stage.masterUrl, `GRANT ${role.owner} TO ${role.readOnly}`)
    if (major >= 16)
      await execute(stage.masterUrl, `GRANT ${role.owner} TO ${role.migrator} WITH INHERIT FALSE, SET FALSE`)
    const checked = await stage.setup('--check')
    expect(checked.exit, checked.stderr).toBe(6)
    for (const [sql, said] of drifts) expect(checked.stdout, sql).toContain(said)
    expect(checked.stdout).toContain(`role "${names.readOnly}" is a member of "${names.owner}"`)
    if (major >= 16) expect(checked.stdout).toContain('and may not act as it')
    const healed = await stage.setup()
    expect(healed.exit, healed.stderr).toBe(0)
    expect((await stage.setup('--check')).exit).toBe(0)
    const masterIs = await query<{ name: string }>(
      db.url,
      'SELECT DISTINCT pg_get_userbyid(roleid) AS name FROM pg_auth_members WHERE member = $1::regrole AND NOT admin_option ORDER BY 1',
      [role.master],
    )
    expect(masterIs.map(({ name }) => name).filter(name => name !== 'pg_monitor')).toEqual([
      names.migrator,
      names.owner,
    ])
  })

  test('are made by several at once, in whatever databases they begin', async () => {
    await using stage = await accessStage(major)
    const elsewhere = new URL(stage.masterUrl)
    elsewhere.pathname = '/postgres'
    const env = { HOWDAH_ACCESS: JSON.stringify(stage.settings) }
    const runs = [stage.masterUrl, elsewhere.href, stage.masterUrl, elsewhere.href].map(url =>
      cli(['setup', 'access'], { env: { ...env, DATABASE_URL: url } }),
    )
    for (const { exit, stderr } of await Promise.all(runs)) expect(exit, stderr).toBe(0)
    expect((await stage.setup('--check')).exit).toBe(0)
  })

  test('reach a database that is still to be made, and names that are hostile', async () => {
    await using stage = await accessStage(major)
    const { otherDatabase, names } = stage
    const schema = 'a"b; DROP SCHEMA public CASCADE; --'
    const settings = {
      ...stage.settings,
      logins: [`${names.master} login a`, `${names.master} login b`],
      databases: [
        ...(stage.settings.databases ?? []),
        {
          name: otherDatabase,
          schemas: ['public', schema],
          extensions: [{ name: 'pg_trgm', schema: 'ext\'s "n"' }],
        },
      ],
    }
    const setup = (...args: string[]) =>
      cli(['setup', 'access', ...args], {
        env: { DATABASE_URL: stage.masterUrl, HOWDAH_ACCESS: JSON.stringify(settings) },
      })
    const planned = await setup('--dry-run')
    expect(planned.stdout).toContain(`CREATE DATABASE ${quoted(otherDatabase)} OWNER ${quoted(names.owner)};`)
    const made = await setup()
    expect(made.exit, made.stderr).toBe(0)
    expect((await setup()).stdout).toContain('Nothing to do')
    const inOther = (url: string) => {
      const other = new URL(url)
      other.pathname = `/${encodeURIComponent(otherDatabase)}`
      return other.href
    }
    await execute(
      inOther(await stage.urlOf(names.migrator)),
      `CREATE TABLE ${quoted(schema)}."t;t" (id serial, name text)`,
    )
    const login = inOther(await stage.urlOf(`${names.master} login b`))
    await execute(login, `INSERT INTO ${quoted(schema)}."t;t" (name) VALUES ('x')`)
    expect(
      await query(
        login,
        `SELECT "ext's ""n""".similarity('abc', 'abc') AS s, current_setting('lock_timeout') AS l`,
      ),
    ).toEqual([{ s: 1, l: '5s' }])
    await expect(execute(login, 'CREATE TABLE public.x ()')).rejects.toMatchObject({ code: '42501' })
  })
})
