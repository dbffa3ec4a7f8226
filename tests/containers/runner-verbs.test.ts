import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { Network, type StartedNetwork } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type DatabaseContainer,
  PASSWORD,
  type RunningVerb,
  runVerbIn,
  startDatabase,
  startVerbIn,
} from '../harness/containers.ts'
import { BASES, type BuiltImage, buildImage, buildRunner, docker, lacking } from '../harness/images.ts'
import { execute, query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const lack = lacking(...BASES)
const CANARY = 'canary-Pa55word'

describe.skipIf(lack)(`verbs in the runner's container${lack ? ` (${lack})` : ''}`, () => {
  let image: BuiltImage
  let network: StartedNetwork
  let database: DatabaseContainer
  let databases = 0

  beforeAll(async () => {
    ;[image, network] = await Promise.all([buildRunner(), new Network().start()])
    database = await startDatabase(network)
  }, 600_000)
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]()
    await network?.stop()
    await image?.[Symbol.asyncDispose]()
  })

  /** An empty database of a test's own, by its address from here and from containers. */
  async function freshDatabase() {
    databases += 1
    const name = `t${databases}`
    await execute(database.url, `CREATE DATABASE ${name}`)
    const named = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
    return { url: named(database.url), inside: (password?: string) => named(database.urlInside(password)) }
  }

  test('the Playground’s migrations, in the image of this checkout, are applied to a real database, and a second time there is nothing to do', async () => {
    await using whole = await buildRunner({ target: 'migrations' })
    const db = await freshDatabase()
    const deploy = () =>
      runVerbIn(whole.tag, ['migrate', 'deploy', '--json'], { network, env: { DATABASE_URL: db.inside() } })
    const first = await deploy()
    expect(first.exit, first.stderr).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ ok: true, verb: 'migrate deploy' })
    const [row] = await query<{ count: number }>(
      db.url,
      'SELECT count(*)::int FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    )
    expect(row?.count).toBeGreaterThan(3)
    expect((await deploy()).exit).toBe(0)
    const verified = await runVerbIn(whole.tag, ['migrate', 'status'], {
      network,
      env: { DATABASE_URL: db.inside() },
    })
    expect(verified.exit, verified.stdout).toBe(0)
  }, 300_000)

  test('a project gets in by a mount, and by an image of its own that begins with ours; its configuration counts', async () => {
    await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
    await project.write({ 'howdah.config.ts': "export default { database: 'app' as string }\n" })
    const mounted = await freshDatabase()
    const result = await runVerbIn(image.tag, ['migrate', 'deploy'], {
      network,
      project: project.directory,
      env: { DATABASE_URL: mounted.inside() },
    })
    expect(result.exit, result.stderr).toBe(0)
    expect(await query(mounted.url, 'SELECT migration_name FROM _prisma_migrations')).toEqual([
      { migration_name: '1_init' },
    ])

    await project.write({ Dockerfile: `FROM ${image.tag}\nCOPY howdah.config.ts ./\nCOPY prisma prisma\n` })
    await using own = await buildImage({ context: project.directory })
    const copied = await freshDatabase()
    const again = await runVerbIn(own.tag, ['migrate', 'deploy'], {
      network,
      env: { DATABASE_URL: copied.inside() },
    })
    expect(again.exit, again.stderr).toBe(0)
    const shown = await runVerbIn(own.tag, ['config', 'show'], {
      network,
      env: { DATABASE_URL: copied.inside() },
    })
    expect(shown.stdout).toContain('howdah.config.ts')
    expect(shown.stdout).not.toContain(PASSWORD)
  }, 300_000)

  test('SIGTERM during a migration ends it with 130, nothing half done, and the next run goes on', async () => {
    await using project = await createProject({
      '1_init/migration.sql': 'CREATE TABLE pause (seconds int);\nCREATE TABLE a (id int);',
    })
    const db = await freshDatabase()
    const options = { network, project: project.directory, env: { DATABASE_URL: db.inside() } }
    expect((await runVerbIn(image.tag, ['migrate', 'deploy'], options)).exit).toBe(0)
    await execute(db.url, 'INSERT INTO pause VALUES (600)')
    await project.write({
      'prisma/app/migrations/2_more/migration.sql':
        'CREATE TABLE b (id int);\nDO $$ BEGIN PERFORM pg_sleep(seconds) FROM pause; END $$;\nCREATE TABLE c (id int);',
      'prisma/app/migrations/2_more/extra.sql': 'CREATE INDEX CONCURRENTLY b_id ON b (id);',
    })
    await using running = await startVerbIn(image.tag, ['migrate', 'deploy'], options)
    const sleeping = () =>
      query(
        db.url,
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
      )
    await expect.poll(sleeping, { timeout: 30_000 }).toHaveLength(1)
    await running.kill('SIGTERM')
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(130)
    expect(ended.stderr).toContain('error[interrupted]')
    // Not a session is left behind, and of the file nothing.
    await expect.poll(sleeping, { timeout: 5000 }).toHaveLength(0)
    expect(await query(db.url, "SELECT to_regclass('b') AS b")).toEqual([{ b: null }])

    await execute(db.url, 'DELETE FROM pause')
    const next = await runVerbIn(image.tag, ['migrate', 'deploy', '--json'], options)
    expect(next.exit, next.stderr).toBe(0)
    expect(
      await query(
        db.url,
        "SELECT to_regclass('c') IS NOT NULL AS c, to_regclass('b_id') IS NOT NULL AS index",
      ),
    ).toEqual([{ c: true, index: true }])
  }, 120_000)

  test('SIGTERM right after the start, before there is anything to stop, ends it as well', async () => {
    const db = await freshDatabase()
    await using running = await startVerbIn(image.tag, ['serve'], {
      network,
      env: { DATABASE_URL: db.inside() },
    })
    await running.kill('SIGTERM')
    expect([0, 130, 143]).toContain((await running.ended).exit)
  })

  test('a password that is wrong, or is given in a wrong way, is in no line of any verb', async () => {
    const db = await freshDatabase()
    const wrong: readonly (readonly [readonly string[], Record<string, string>])[] = [
      [[], { DATABASE_URL: db.inside(CANARY) }],
      [['--log-level', 'debug', '--json'], { DATABASE_URL: db.inside(CANARY) }],
      // Not encoded, without a scheme, without a host, in a place of its own, as a flag.
      [[], { DATABASE_URL: `postgresql://owner:${CANARY}#/?@database:5432/app` }],
      [[], { DATABASE_URL: `owner:${CANARY}@database:5432/app` }],
      [[], { DATABASE_URL: `postgresql://owner:${CANARY}@/` }],
      [[], { DATABASE_URL: `postgresql://owner@database:5432/app?password=${CANARY}` }],
      [['--direct-url', db.inside(CANARY)], { DATABASE_URL: db.inside() }],
      [['--database-url', `mysql://owner:${CANARY}@database/app`], {}],
      [
        ['--pooler-admin-urls', `postgresql://admin:${CANARY}@database:5432/pgbouncer`],
        { DATABASE_URL: db.inside(CANARY) },
      ],
    ]
    await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
    for (const [args, env] of wrong) {
      const result = await runVerbIn(image.tag, ['migrate', 'deploy', ...args], {
        network,
        project: project.directory,
        env,
      })
      expect([2, 4], `${args} ${result.exit} ${result.stderr}`).toContain(result.exit)
      expect(result.stdout + result.stderr, `${args}`).not.toContain(CANARY)
    }
    const doctor = await runVerbIn(image.tag, ['doctor'], {
      network,
      env: { DATABASE_URL: db.inside(CANARY) },
    })
    expect(doctor.stdout + doctor.stderr).not.toContain(CANARY)
  }, 180_000)

  test('serve answers and turns healthy, no longer so when it hangs; a verb that serves nothing is healthy while it runs', async () => {
    const db = await freshDatabase()
    const env = { DATABASE_URL: db.inside() }
    await using project = await createProject({
      '1_init/migration.sql': 'DO $$ BEGIN PERFORM pg_sleep(600); END $$;',
    })
    await using serving = await startVerbIn(image.tag, ['serve'], { network, ports: [9187], env })
    const options = { network, project: project.directory, env }
    await using deploying = await startVerbIn(image.tag, ['migrate', 'deploy'], options)
    const url = serving.address(9187)
    const answer = (page: string) =>
      fetch(url + page).then(
        response => response.text(),
        () => 'nothing',
      )
    await expect.poll(() => answer('/livez'), { timeout: 20_000 }).toBe('ok\n')
    expect(await answer('/metrics')).toMatch(/^pg_up(\{.*\})? 1$/m)
    for (const verb of [serving, deploying])
      await expect.poll(verb.health, { timeout: 40_000 }).toBe('healthy')
    const check = (verb: RunningVerb) =>
      docker('exec', verb.id, 'node', '/opt/howdah/runner/health-check.js').then(
        () => 0,
        ({ code }) => code,
      )
    const signal = (name: string) =>
      docker(
        'exec',
        serving.id,
        'node',
        '-e',
        `process.kill(require('fs').readFileSync('/proc/1/task/1/children','utf8').split(' ')[0], '${name}')`,
      )
    expect([await check(serving), await check(deploying)]).toEqual([0, 0])
    await signal('SIGSTOP')
    expect(await check(serving)).toBe(1)
    await signal('SIGCONT')
    await Promise.all([serving.kill('SIGTERM'), deploying.kill('SIGTERM')])
    expect([(await serving.ended).exit, (await deploying.ended).exit]).toEqual([0, 130])
  }, 120_000)

  test('a hook of a mounted project runs, without rights as well', async () => {
    await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
    const hook = 'prisma/app/hooks/before-run.sh'
    await project.write({ [hook]: '#!/bin/sh\necho "hook as $(id -u)"\n' })
    await chmod(join(project.directory, hook), 0o755)
    const db = await freshDatabase()
    const env = { DATABASE_URL: db.inside() }
    const options = { network, project: project.directory, env }
    const result = await runVerbIn(image.tag, ['migrate', 'deploy'], options)
    expect(result.exit, result.stderr).toBe(0)
    expect(result.stderr).toContain('hook as 10001')
  })
})
