import { verify } from '@node-rs/bcrypt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../runner/core/secret.ts'
import { type CliResult, cli } from '../harness/cli.ts'
import { createDatabase, execute, query, type TestDatabase } from '../harness/postgres.ts'
import {
  contentHash,
  countRows,
  createMigratedDatabase,
  ordinaryRole,
  seedDatabase,
  wrongCounters,
} from './seed-database.ts'

let migrated: TestDatabase
beforeAll(async () => {
  migrated = await createMigratedDatabase()
})
afterAll(() => migrated[Symbol.asyncDispose]())

const fresh = () => createDatabase({ template: migrated.name })

const run = (
  url: string,
  profile: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<CliResult> => cli(['seed', '--profile', profile, ...flags], { env: { DATABASE_URL: url, ...env } })

const administrators = (url: string) =>
  query<{ username: string; email: string; password_hash: string }>(
    url,
    'SELECT username, email, password_hash FROM users WHERE is_admin AND is_verified',
  )

const occurrences = (text: string, part: string) => text.split(part).length - 1

/** The passwords a report shows: four groups of five. */
const passwordsIn = (text: string) => text.match(/\b[A-Za-z0-9]{5}(-[A-Za-z0-9]{5}){3}\b/g) ?? []

const addStranger = (url: string, username: string) =>
  execute(
    url,
    `INSERT INTO users (id, username, email, password_hash, updated_at)
     VALUES ('${username}', '${username}', '${username}@company.example', 'x', now())`,
  )

describe('essential', () => {
  test('makes the administrator with a generated password, which it shows once and never again', async () => {
    await using database = await fresh()
    const first = await run(database.url, 'essential')
    const [administrator] = await administrators(database.url)
    const [password = '', ...others] = passwordsIn(first.stdout)
    expect(first.exit).toBe(0)
    expect(others).toEqual([])
    expect(administrator).toMatchObject({ username: 'admin', email: 'admin@sigmaplayground.com' })
    expect(administrator?.password_hash).toMatch(/^\$2[ab]\$12\$/)
    expect(await verify(password, administrator?.password_hash ?? '')).toBe(true)

    const second = await run(database.url, 'essential')
    expect(second.exit).toBe(0)
    expect(passwordsIn(second.stdout)).toEqual([])
    expect(await administrators(database.url)).toEqual([administrator])
  })

  test.each(['json', 'pretty'])('keeps the password out of the %s log at every level', async format => {
    await using database = await fresh()
    const { stdout, stderr } = await run(database.url, 'demo', [
      '--log-level',
      'debug',
      '--log-format',
      format,
    ])
    const passwords = passwordsIn(stdout)
    expect(passwords).toHaveLength(2)
    expect(stderr).toContain('demo')
    for (const password of passwords) {
      expect(occurrences(stdout, password)).toBe(1)
      expect(stderr).not.toContain(password)
    }
  })

  test('reports the password to a program once as well', async () => {
    await using database = await fresh()
    const { stdout } = await run(database.url, 'essential', ['--json'])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ ok: true, generatedPasswords: [{ account: 'admin' }] })
    expect(occurrences(stdout, report.generatedPasswords[0].password)).toBe(1)
  })

  test('run by many at once makes one administrator, and nobody fails', async () => {
    await using database = await fresh()
    const results = await Promise.all(Array.from({ length: 5 }, () => run(database.url, 'essential')))
    expect(results.map(result => result.exit)).toEqual([0, 0, 0, 0, 0])
    const shown = results.flatMap(result => passwordsIn(result.stdout))
    const [administrator, ...others] = await administrators(database.url)
    expect(others).toEqual([])
    expect(shown).toHaveLength(1)
    expect(await verify(shown[0] ?? '', administrator?.password_hash ?? '')).toBe(true)
  })

  test('run at once on two databases of one server makes the roles once', async () => {
    await using one = await fresh()
    await using other = await fresh()
    const results = await Promise.all([run(one.url, 'essential'), run(other.url, 'essential')])
    expect(results.map(result => result.exit)).toEqual([0, 0])
  })

  test('takes the password from HOWDAH_ADMIN_PASSWORD, changes it when that differs, and shows neither', async () => {
    await using database = await fresh()
    const hash = async () => (await administrators(database.url))[0]?.password_hash ?? ''
    const withPassword = (HOWDAH_ADMIN_PASSWORD: string) =>
      run(database.url, 'essential', ['--log-level', 'debug'], { HOWDAH_ADMIN_PASSWORD })
    const made = await withPassword('First-password-1')
    const before = await hash()
    expect(await verify('First-password-1', before)).toBe(true)
    await withPassword('First-password-1')
    expect(await hash()).toBe(before)
    const changed = await withPassword('Second-password-2')
    expect(changed.stdout).toContain("the administrator's password was changed")
    expect(await verify('Second-password-2', await hash())).toBe(true)
    for (const { stdout, stderr } of [made, changed]) expect(stdout + stderr).not.toMatch(/-password-/)
  })

  test('refuses a password the application itself would not take, before anything is written', async () => {
    await using database = await fresh()
    const result = await run(database.url, 'essential', [], { HOWDAH_ADMIN_PASSWORD: 'short' })
    expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining('error[settings-invalid]') })
    expect(await countRows(database.url)).toMatchObject({ users: 0 })
  })

  test('does not make a stranger the administrator for having taken the name', async () => {
    await using database = await fresh()
    await addStranger(database.url, 'admin')
    const result = await run(database.url, 'essential')
    expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('is not an administrator') })
    expect(await administrators(database.url)).toEqual([])
  })

  test('gives the application and readers group roles nobody can log in as', async () => {
    await using database = await fresh()
    await execute(database.url, 'CREATE TABLE _prisma_migrations (id text)')
    await run(database.url, 'essential')
    await execute(database.url, 'CREATE TABLE later (id serial)')
    const may = (role: string, table: string, privilege: string) =>
      `has_table_privilege('${role}', '${table}', '${privilege}')`
    const [found] = await query<Record<string, boolean>>(
      database.url,
      `SELECT ${may('playground_app', 'users', 'DELETE')} AS app_writes,
              ${may('playground_app', 'later', 'INSERT')} AS app_writes_later,
              has_sequence_privilege('playground_app', 'later_id_seq', 'USAGE') AS app_counts_later,
              ${may('playground_app', '_prisma_migrations', 'SELECT')} AS app_history,
              ${may('playground_readonly', 'users', 'SELECT')} AS reader_reads,
              ${may('playground_readonly', 'users', 'UPDATE')} AS reader_writes,
              EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'playground\\_%' AND rolcanlogin) AS login`,
    )
    expect(found).toEqual({
      app_writes: true,
      app_writes_later: true,
      app_counts_later: true,
      app_history: false,
      reader_reads: true,
      reader_writes: false,
      login: false,
    })
  })

  test('says that it left the database roles out where it may not grant', async () => {
    await using database = await fresh()
    await using user = await ordinaryRole(database)
    const result = await run(user.url, 'essential')
    expect(result).toMatchObject({ exit: 0, stdout: expect.stringContaining('skipped') })
    expect(await administrators(database.url)).toHaveLength(1)
  })
})

describe('demo', () => {
  test('makes what the document describes, something in every table, and essential before it', async () => {
    await using database = await fresh()
    const { stdout } = await run(database.url, 'demo')
    const counts = await countRows(database.url)
    expect(counts).toMatchObject({ users: 51, tags: 16, follows: 100, favorites: 200 })
    for (const rows of Object.values(counts)) expect(rows).toBeGreaterThan(0)
    const [user] = await query<{ password_hash: string }>(
      database.url,
      `SELECT DISTINCT password_hash FROM users WHERE email LIKE '%@demo.example'`,
    )
    expect(await verify(passwordsIn(stdout)[1] ?? '', user?.password_hash ?? '')).toBe(true)
    expect(await wrongCounters(database.url)).toEqual([])
  })

  test('run again changes nothing, and is the same in another database', async () => {
    await using one = await fresh()
    await using other = await fresh()
    await Promise.all([run(one.url, 'demo'), run(other.url, 'demo')])
    const [counts, hash] = [await countRows(one.url), await contentHash(one.url)]
    const again = await run(one.url, 'demo')
    expect(again.exit).toBe(0)
    expect(passwordsIn(again.stdout)).toEqual([])
    expect(await countRows(one.url)).toEqual(counts)
    expect(await contentHash(one.url)).toBe(hash)
    expect(await contentHash(other.url)).toBe(hash)
  })

  test('makes again what was deleted', async () => {
    await using database = await fresh()
    await seedDatabase(database.url, 'demo')
    const [counts, hash] = [await countRows(database.url), await contentHash(database.url)]
    await execute(
      database.url,
      'DELETE FROM favorites WHERE user_id IN (SELECT user_id FROM favorites ORDER BY 1 LIMIT 9)',
      'DELETE FROM workbooks WHERE id IN (SELECT id FROM workbooks WHERE NOT is_featured ORDER BY 1 LIMIT 5)',
    )
    await seedDatabase(database.url, 'demo')
    // A report loses its workbook with the workbook, and is kept as it is.
    await execute(database.url, 'TRUNCATE reports')
    await seedDatabase(database.url, 'demo')
    expect(await countRows(database.url)).toEqual(counts)
    expect(await contentHash(database.url)).toBe(hash)
  })

  test.each(['demo', 'load'])(
    '%s keeps out of a database with real people in it, unless forced',
    async profile => {
      await using database = await fresh()
      await addStranger(database.url, 'ada')
      const refused = await run(database.url, profile)
      expect(refused).toMatchObject({ exit: 3, stderr: expect.stringContaining('error[seed-refused]') })
      expect(await countRows(database.url)).toMatchObject({ users: 1, tags: 0 })
      const rows = profile === 'load' ? ['--rows', '1000'] : []
      expect(await run(database.url, profile, ['--force', ...rows])).toMatchObject({ exit: 0 })
    },
  )

  test('a name that is taken takes everything back', async () => {
    await using database = await fresh()
    await using example = await fresh()
    await seedDatabase(example.url, 'demo')
    const [user] = await query<{ username: string }>(
      example.url,
      `SELECT username FROM users WHERE email LIKE '%@demo.example' LIMIT 1`,
    )
    await addStranger(database.url, user?.username ?? '')
    const result = await run(database.url, 'demo', ['--force'])
    expect(result.exit).toBe(3)
    expect(result.stderr).toContain(user?.username)
    // The administrator was made before, and the password that goes with it is not lost.
    expect(passwordsIn(result.stdout)).toHaveLength(1)
    expect(await countRows(database.url)).toMatchObject({ users: 2, tags: 0, workbooks: 0 })
  })

  test('a dry run says what would be made, and makes nothing', async () => {
    await using database = await fresh()
    const result = await run(database.url, 'demo', ['--dry-run', '--json'])
    const report = JSON.parse(result.stdout)
    expect(report.profiles.map((each: { profile: string }) => each.profile)).toEqual(['essential', 'demo'])
    expect(report.profiles[1].tables).toContainEqual({ table: 'follows', made: 100, alreadyThere: 0 })
    expect(new Set(Object.values(await countRows(database.url)))).toEqual(new Set([0]))
  })
})

describe('what cannot be done is said', () => {
  test('without the migrations', async () => {
    await using database = await createDatabase()
    const result = await run(database.url, 'essential')
    expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('howdah migrate deploy') })
  })

  test('without a column a later migration brings', async () => {
    await using database = await fresh()
    await execute(database.url, 'ALTER TABLE users DROP COLUMN is_verified')
    const result = await run(database.url, 'essential')
    expect(result).toMatchObject({ exit: 3, stderr: expect.stringContaining('howdah migrate deploy') })
  })

  test('with flags that mean nothing', async () => {
    await using database = await fresh()
    expect(await run(database.url, 'nope')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('there is: demo, essential, load'),
    })
    expect(await run(database.url, 'essential', ['--rows', '5'])).toMatchObject({ exit: 2 })
    expect(await run(database.url, 'load', ['--rows', '99'])).toMatchObject({ exit: 2 })
    expect(await run(database.url, 'load', ['--rows', '-1'])).toMatchObject({ exit: 2 })
    expect(await cli(['seed'], { env: { DATABASE_URL: database.url } })).toMatchObject({ exit: 2 })
  })

  test('when it was interrupted before it began', async () => {
    await using database = await fresh()
    const reason = new Error('stop')
    const signal = AbortSignal.abort(reason)
    await expect(
      seedDatabase(database.url, 'demo', { adminPassword: new Secret('Some-password-1') }, { signal }),
    ).rejects.toThrow('stop')
    expect(await countRows(database.url)).toMatchObject({ users: 0 })
  })
})
