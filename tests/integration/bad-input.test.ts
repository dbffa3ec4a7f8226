import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asOrdinaryUser, type CliResult, cli } from '../harness/cli.ts'
import { createDatabase, execute, type OldMajor } from '../harness/postgres.ts'
import { createProject, inMigrations } from '../harness/project.ts'

const INIT = { '1_init/migration.sql': 'CREATE TABLE a (id int);' }

/** Every refusal has its code, its exit code, a hint, and no stack of ours. */
function expectRefusal(result: CliResult, exit: number, code: string, ...texts: string[]): void {
  expect(result.exit, result.stderr).toBe(exit)
  expect(result.stderr).toContain(`error[${code}]`)
  expect(result.stderr).toMatch(/^hint \S/m)
  expect(result.stderr).not.toMatch(/\n\s+at /)
  for (const text of texts) expect(result.stderr).toContain(text)
}

const withPath = (url: string, change: (url: URL) => void) => {
  const changed = new URL(url)
  change(changed)
  return changed.href
}

describe('connections', () => {
  test('a database that does not exist', async () => {
    await using project = await createProject(INIT)
    await using db = await createDatabase()
    const url = withPath(db.url, each => {
      each.pathname = '/nowhere'
    })
    const result = await cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: url } })
    expectRefusal(result, 2, 'database-missing', 'database "nowhere" does not exist')
  })

  test('a wrong password, which is not repeated', async () => {
    await using project = await createProject(INIT)
    await using db = await createDatabase()
    const url = withPath(db.url, each => {
      each.password = 'hunter2-is-wrong'
    })
    const result = await cli(['migrate', 'status', '--json'], {
      cwd: project.directory,
      env: { DATABASE_URL: url },
    })
    expectRefusal(result, 2, 'authentication-failed', 'refused user "howdah"')
    expect(result.stdout + result.stderr).not.toContain('hunter2')
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      exitCode: 2,
      error: { code: 'authentication-failed' },
    })
  })

  test('a server that is too old', async () => {
    await using project = await createProject(INIT)
    await using db = await createDatabase({ major: 14 satisfies OldMajor })
    const result = await cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expectRefusal(result, 3, 'server-too-old', 'PostgreSQL 14.', 'needs 15 or newer')
  })

  test('no database at all, and a URL that is none', async () => {
    await using project = await createProject(INIT)
    expectRefusal(await cli(['migrate', 'deploy'], { cwd: project.directory }), 2, 'database-url-missing')
    const env = { DATABASE_URL: 'mysql://u:topsecret@h/d' }
    const result = await cli(['migrate', 'deploy'], { cwd: project.directory, env })
    expectRefusal(result, 2, 'database-url-invalid', 'databaseUrl')
    expect(result.stderr).not.toContain('topsecret')
  })

  test('a server that is not there', async () => {
    await using project = await createProject(INIT)
    const env = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/d' }
    expectRefusal(
      await cli(['migrate', 'deploy'], { cwd: project.directory, env }),
      4,
      'server-unreachable',
      '127.0.0.1:1',
    )
  })
})

describe('migrations', () => {
  const deployBad = async (files: Record<string, string>, prepare?: (directory: string) => Promise<void>) => {
    await using project = await createProject({ ...INIT })
    await using db = await createDatabase()
    const run = () => cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expect(await run()).toMatchObject({ exit: 0 })
    await project.write(inMigrations(files))
    await prepare?.(project.directory)
    return await run()
  }

  test('broken SQL is refused with its place before anything is sent', async () => {
    const result = await deployBad({
      '2_broken/migration.sql': 'CREATE TABLE b (\r\n  id int,\r\n  name textt texxt\r\n);',
    })
    expectRefusal(result, 3, 'migration-sql-invalid', '2_broken/migration.sql:3:14', '^')
  })

  test('an edited migration is refused', async () => {
    const result = await deployBad({ '1_init/migration.sql': 'CREATE TABLE a (id int, sneaky text);' })
    expectRefusal(result, 3, 'gate-closed', '1_init/migration.sql was edited', 'gate edited')
  })

  test('a change of line ends is no edit', async () => {
    await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a\n(id int);\n' })
    await using db = await createDatabase()
    const run = () => cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expect(await run()).toMatchObject({ exit: 0 })
    await project.write(inMigrations({ '1_init/migration.sql': 'CREATE TABLE a\r\n(id int);\r\n' }))
    expect(await run()).toMatchObject({ exit: 0, stdout: expect.stringContaining('Nothing to do') })
  })

  test('a folder without migration.sql is refused', async () => {
    const result = await deployBad({}, directory =>
      mkdir(join(directory, 'prisma/app/migrations/2_empty')).then(() => undefined),
    )
    expectRefusal(result, 3, 'migration-file-missing', '2_empty')
  })

  test('a database with tables and no history is refused', async () => {
    await using project = await createProject(INIT)
    await using db = await createDatabase()
    await execute(db.url, 'CREATE TABLE old_one (id int)')
    const result = await cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expectRefusal(result, 3, 'history-missing')
  })

  test('a migrations folder that is missing, or that is a file', async () => {
    await using project = await createProject()
    await using db = await createDatabase()
    const run = (name: string) =>
      cli(['migrate', 'deploy', '--database', name], {
        cwd: project.directory,
        env: { DATABASE_URL: db.url },
      })
    expectRefusal(await run('nope'), 2, 'database-unknown', 'there is: app')
    await mkdir(join(project.directory, 'prisma/bare'))
    expectRefusal(await run('bare'), 2, 'migrations-unreadable')
    await writeFile(join(project.directory, 'prisma/bare/migrations'), '')
    expectRefusal(await run('bare'), 2, 'migrations-unreadable', 'ENOTDIR')
  })

  test('a directory that may not be read', async () => {
    await using project = await createProject(INIT)
    await using db = await createDatabase()
    const run = () => cli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
    expect(await run()).toMatchObject({ exit: 0 })
    const closed = join(project.directory, 'prisma/app/migrations')
    await chmod(project.directory, 0o755)
    await chmod(closed, 0)
    try {
      expectRefusal(await asOrdinaryUser(run), 2, 'migrations-unreadable', 'EACCES')
    } finally {
      await chmod(closed, 0o755)
    }
  })
})

describe('usage and settings', () => {
  test('an unknown flag and an unknown verb come with a suggestion', async () => {
    expectRefusal(
      await cli(['migrate', 'deploy', '--lock-timout-ms', '5']),
      2,
      'usage-invalid',
      '--lock-timeout-ms',
    )
    expectRefusal(await cli(['migrate', 'deplyo']), 2, 'usage-invalid', 'deploy')
    expectRefusal(await cli(['sed']), 2, 'usage-invalid', 'seed')
  })

  test('unknown and wrong settings are reported together, each with its source', async () => {
    await using project = await createProject()
    await project.write({ 'howdah.config.ts': 'export default { metricsPrt: 1, lockTimeoutMs: "soon" }' })
    const result = await cli(['config', 'show', '--port', '99999'], {
      cwd: project.directory,
      env: { HOWDAH_LOG_LEVL: 'debug' },
    })
    expectRefusal(
      result,
      2,
      'settings-invalid',
      'unknown setting metricsPrt in howdah.config.ts; did you mean metricsPort?',
      'lockTimeoutMs (from howdah.config.ts)',
      'port (from --port)',
      'HOWDAH_LOG_LEVL in the environment; did you mean HOWDAH_LOG_LEVEL?',
    )
  })

  test('a configuration file that cannot be loaded', async () => {
    await using project = await createProject()
    await project.write({ 'howdah.config.ts': 'export default {' })
    expectRefusal(await cli(['config', 'show'], { cwd: project.directory }), 2, 'config-file-unreadable')
  })

  test('secrets print as [set], with their source', async () => {
    const shown = await cli(['config', 'show'], { env: { DATABASE_URL: 'postgresql://u:topsecret@h/d' } })
    expect(shown.stdout).toMatch(/databaseUrl +\[set\] +DATABASE_URL/)
    expect(shown.stdout).not.toContain('topsecret')
  })

  test('flags are stronger than the environment, which is stronger than the file', async () => {
    await using project = await createProject()
    await project.write({ 'howdah.config.ts': 'export default { port: 1, replica: true, postgres: 15 }' })
    const args = ['config', 'show', '--json', '--port', '3']
    const shown = await cli(args, {
      cwd: project.directory,
      env: { HOWDAH_PORT: '2', HOWDAH_POSTGRES: '16' },
    })
    const rows = JSON.parse(shown.stdout).settings as { name: string; value: unknown; origin: string }[]
    const row = (name: string) => rows.find(each => each.name === name)
    expect(row('port')).toMatchObject({ value: 3, origin: '--port' })
    expect(row('postgres')).toMatchObject({ value: 16, origin: 'HOWDAH_POSTGRES' })
    expect(row('replica')).toMatchObject({ value: true, origin: 'howdah.config.ts' })
  })
})

describe('the platform', () => {
  const upOnce = (home: string, ...args: string[]) =>
    cli(['up', '--once', '--database', 'playground', '--home', home, ...args])

  test('a port that is taken, with who holds it', async () => {
    await using project = await createProject()
    const holder = createServer()
    await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    try {
      const result = await upOnce(join(project.directory, 'home'), '--port', String(port))
      expectRefusal(result, 2, 'port-taken', `port ${port} on 127.0.0.1`, String(process.pid))
    } finally {
      holder.close()
    }
  })

  test('a home that cannot be written', async () => {
    await using project = await createProject()
    await project.write({ file: '' })
    expectRefusal(await upOnce(join(project.directory, 'file')), 2, 'home-unwritable', 'EEXIST')
    expectRefusal(await upOnce(join(project.directory, 'file/below')), 2, 'home-unwritable', 'ENOTDIR')
    expectRefusal(await upOnce('/proc/howdah'), 2, 'home-unwritable')
  })

  test('data of another major version', async () => {
    await using project = await createProject()
    const home = join(project.directory, 'home')
    await mkdir(join(home, 'data'), { recursive: true })
    await writeFile(join(home, 'data', 'PG_VERSION'), '15\n')
    expectRefusal(await upOnce(home), 3, 'data-version-mismatch', 'PostgreSQL 15, not 18', '--postgres 15')
  })

  test('PgBouncer that is not installed', async () => {
    const { findPgBouncer } = await import('../../runner/local/pooler.ts')
    await expect(findPgBouncer('/nowhere', [])).rejects.toMatchObject({ code: 'pooler-missing', exit: 2 })
  })
})
