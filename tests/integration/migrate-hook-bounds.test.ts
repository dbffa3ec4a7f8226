import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { poll } from '../../runner/core/poll.ts'
import { isAlive, isGroupAlive } from '../../runner/core/processes.ts'
import { cli, MAIN, startCli } from '../harness/cli.ts'
import {
  addHooks,
  DIARY,
  diaryOf,
  outcomes,
  PATIENTLY,
  SHELL,
  sleeping,
  states,
  TWO,
  writtenId,
} from '../harness/hooks.ts'
import { deploy, exists, INIT } from '../harness/migrations.ts'
import { createDatabase, execute, type TestDatabase } from '../harness/postgres.ts'
import { createProject, type TestProject } from '../harness/project.ts'

describe('a program', () => {
  test('sees our environment and the facts, the secret of a flag not among them, and may run a verb itself', async () => {
    await using project = await createProject({ '1_init/migration.sql': INIT })
    await using db = await createDatabase()
    await addHooks(project, {
      'before-run.sh': `${SHELL}env > environment.txt; pwd >> environment.txt\n`,
      'after-run.sh': `${SHELL}"$NODE" "$MAIN" migrate status --database-url "$APP_URL" > status.txt\n`,
    })
    const secret = 'a_setting=s3cret'
    const url = `${db.url}?${secret}`
    const result = await cli(['migrate', 'deploy', '--direct-url', url, '--database-url', url], {
      cwd: project.directory,
      env: { KEPT: 'yes', NODE: process.execPath, MAIN, APP_URL: db.url },
    })
    expect(result.exit, result.stderr).toBe(0)
    const seen = await readFile(join(project.directory, 'environment.txt'), 'utf8')
    const { hostname, port, username } = new URL(db.url)
    expect(seen.split('\n')).toEqual(
      expect.arrayContaining([
        'KEPT=yes',
        'HOWDAH_HOOK_EVENT=before-run',
        'HOWDAH_HOOK_VERB=migrate deploy',
        'HOWDAH_HOOK_DATABASE=app',
        `HOWDAH_HOOK_DATABASE_NAME=${db.name}`,
        `HOWDAH_HOOK_HOST=${hostname}`,
        `HOWDAH_HOOK_PORT=${port}`,
        `HOWDAH_HOOK_USER=${username}`,
        'HOWDAH_HOOK_SCHEMA=public',
        'HOWDAH_HOOK_MIGRATIONS=1_init',
        expect.stringMatching(/^HOWDAH_HOOK_RUN_ID=[0-9a-f-]{36}$/),
        project.directory,
      ]),
    )
    expect(seen).not.toContain('s3cret')
    expect(await readFile(join(project.directory, 'status.txt'), 'utf8')).toContain('Up to date.')
  })

  test('that hangs is ended when its time is up, with all it started', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      // Deaf to SIGTERM, as its child is: only SIGKILL ends them.
      'before-run.sh': `${SHELL}trap '' TERM\nsleep 600 &\necho $! > grandchild\necho $$ > leader\nwait; wait; sleep 600\n`,
    })
    const failed = await deploy(project, db, '--hook-timeout-ms', '500')
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('it took longer than 500 ms') })
    expect(isAlive(await writtenId(project, 'grandchild'))).toBe(false)
    expect(isGroupAlive(await writtenId(project, 'leader'))).toBe(false)
    expect(await exists(db, 'a')).toBe(false)
  })

  test('that leaves something behind does not keep us waiting, and what it left is ended', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'before-run.sh': `${SHELL}sleep 600 &\necho $! > grandchild\n` })
    const result = await deploy(project, db)
    expect(result.exit, result.stderr).toBe(0)
    expect(isAlive(await writtenId(project, 'grandchild'))).toBe(false)
  })

  test('that prints without end is passed on up to a limit and read to its end', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      // 64 MiB in lines, as much again without any, and at the end an escape sequence.
      'before-run.sh': `${SHELL}yes 0123456789abcde | head -c 67108864\nhead -c 67108864 /dev/zero | tr '\\0' x\nprintf '\\nlast \\033[31mwords\\033[0m\\n'; exit 1\n`,
    })
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('more than 10000 lines') })
    expect(failed.stderr).toContain('  | last words\n')
    expect(failed.stderr.length).toBeLessThan(4_000_000)
  })

  test('may take longer than the server lets a session sit idle', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await execute(db.url, `ALTER DATABASE "${db.name}" SET idle_session_timeout = '300ms'`)
    await addHooks(project, { 'before-run.sh': `${SHELL}sleep 1\n` })
    const result = await deploy(project, db)
    expect(result.exit, result.stderr).toBe(0)
  })

  test('that cannot be started is told as that', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'before-run.sh': '#!/no/such/interpreter\n' })
    const failed = await deploy(project, db)
    expect(failed).toMatchObject({ exit: 4, stderr: expect.stringContaining('could not be started') })
  })
})

describe('Ctrl-C', () => {
  const interrupted = async (project: TestProject, db: TestDatabase, ready: string) => {
    const child = startCli(['migrate', 'deploy', '--json'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
    })
    const id = await writtenId(project, ready)
    child.kill('SIGINT')
    return { id, result: await child.result }
  }

  test('during a program ends it with all it started, and the hooks at the end learn of it', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, {
      'before-run.sh': `${SHELL}sleep 600 &\necho $! > grandchild\nwait\n`,
      'after-run.sh': DIARY,
    })
    const { id, result } = await interrupted(project, db, 'grandchild')
    expect(result).toMatchObject({ exit: 130 })
    expect(isAlive(id)).toBe(false)
    expect(await diaryOf(project)).toEqual(['after-run  interrupted'])
    expect(states(result)).toEqual(['before-run.sh failed', 'after-run.sh done'])
    expect(await exists(db, 'a')).toBe(false)
    expect(await outcomes(db)).toEqual([{ outcome: 'interrupted', error_code: 'interrupted' }])
  })

  test('during SQL cancels it on the server', async () => {
    await using project = await createProject(TWO)
    await using db = await createDatabase()
    await addHooks(project, { 'before-run.sql': 'SELECT pg_sleep(600)' })
    const child = startCli(['migrate', 'deploy'], {
      cwd: project.directory,
      env: { DATABASE_URL: db.url },
    })
    await poll(async () => ((await sleeping(db)).length > 0 ? true : undefined), PATIENTLY)
    child.kill('SIGINT')
    expect(await child.result).toMatchObject({ exit: 130 })
    expect(await sleeping(db)).toEqual([])
    expect(await exists(db, 'a')).toBe(false)
  })
})

test('SQL that hangs is cancelled when its time is up', async () => {
  await using project = await createProject(TWO)
  await using db = await createDatabase()
  await addHooks(project, { 'before-run.sql': 'SELECT pg_sleep(600)' })
  const failed = await deploy(project, db, '--hook-timeout-ms', '300')
  expect(failed).toMatchObject({
    exit: 4,
    stderr: expect.stringContaining('hooks/before-run.sql: it took longer than 300 ms'),
  })
  expect(await sleeping(db)).toEqual([])
})

test('SQL waits for a table lock as a migration does: briefly, often, and naming who holds it', async () => {
  await using project = await createProject({ '1_init/migration.sql': INIT })
  await using db = await createDatabase()
  await deploy(project, db)
  await project.write({ 'prisma/app/migrations/2_more/migration.sql': 'CREATE TABLE b (id int);' })
  await addHooks(project, { 'before-run.sql': 'SELECT 1;\nLOCK TABLE a;' })
  const holder = new Client({ connectionString: db.url, application_name: 'the holder' })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE a')
  const busy = await deploy(project, db, '--lock-budget-ms', '500')
  await holder.end()
  expect(busy).toMatchObject({
    exit: 5,
    stderr: expect.stringContaining('hooks/before-run.sql:2:1: no table lock'),
  })
  expect(busy.stderr).toContain('the holder')
  expect(await exists(db, 'b')).toBe(false)
  expect(await deploy(project, db)).toMatchObject({ exit: 0 })
})

test('a deploy killed during a hook is gone on from: hooks before the run run again', async () => {
  await using project = await createProject(TWO)
  await using db = await createDatabase()
  await addHooks(project, {
    'before-run-1.sh': DIARY,
    'before-run-2.sh': `${SHELL}[ -e ready ] || { echo $$ > ready; sleep 600; }\n`,
  })
  const child = startCli(['migrate', 'deploy'], { cwd: project.directory, env: { DATABASE_URL: db.url } })
  const leader = await writtenId(project, 'ready')
  child.kill('SIGKILL')
  await child.result
  // What a killed runner leaves running is nobody's child any more.
  process.kill(-leader, 'SIGKILL')
  const next = await deploy(project, db)
  expect(next.exit, next.stderr).toBe(0)
  expect(await diaryOf(project)).toEqual(['before-run', 'before-run'])
  expect(await outcomes(db)).toEqual([
    { outcome: null, error_code: null },
    { outcome: 'done', error_code: null },
  ])
})
