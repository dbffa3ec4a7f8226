import { expect, test } from 'vitest'
import { CANARY, REGION } from '../harness/aws.ts'
import { cli, startCli } from '../harness/cli.ts'
import { asProcess, DEFINITION, quick, runEcs, startFakeEcs, TARGET } from '../harness/ecs.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const logLine = (message: string, level = 'info') =>
  JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level, event: 'x.y', run: 'remote-run', message })

test('a deploy runs as a task, next to a real database: its log comes to stderr, its report to stdout, and its exit code is ours', async () => {
  await using db = await createDatabase()
  await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
  const live = asProcess({ DATABASE_URL: db.url }, project.directory)
  const { exit, stdout, stderr, ecs } = await runEcs({ live }, ['--', 'migrate', 'deploy', '--json'])
  expect(exit, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, verb: 'migrate deploy', migrations: 1 })
  const log = stderr.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
  const events = log.map(({ event }) => event)
  expect(events, stderr).toContain('run.finished')
  expect(events.indexOf('ecs.started')).toBeLessThan(events.indexOf('run.finished'))
  expect(events.at(-1)).toBe('ecs.ended')
  // The container's own run, not ours.
  expect(new Set(log.map(({ run }) => run)).size).toBe(2)
  expect(await query(db.url, "SELECT to_regclass('a') IS NOT NULL AS a")).toEqual([{ a: true }])
  expect(ecs.tasks).toHaveLength(1)
  expect(ecs.tasks[0]?.request).toMatchObject({
    cluster: 'shop',
    taskDefinition: DEFINITION.taskDefinitionArn,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], assignPublicIp: 'DISABLED' },
    },
    overrides: { containerOverrides: [{ name: 'runner', command: ['migrate', 'deploy', '--json'] }] },
  })
  for (const text of [stdout, stderr]) expect(text).not.toContain(CANARY.secretAccessKey)
})

test('a refusal in the task is a refusal here, with its error and its hint in the log', async () => {
  await using db = await createDatabase()
  await using project = await createProject({ '1_init/migration.sql': 'SELEC 1;' })
  const live = asProcess({ DATABASE_URL: db.url }, project.directory)
  const { exit, stdout, stderr } = await runEcs({ live })
  expect(exit, stderr).toBe(3)
  expect(stdout).not.toContain('error[')
  expect(stderr).toContain('error[migration-sql-invalid]')
  expect(stderr).toMatch(/migrate deploy ended with 3/)
})

test('Ctrl-C stops the task, waits until it has ended, and the next run goes on', async () => {
  await using db = await createDatabase()
  await using project = await createProject({
    '1_init/migration.sql': 'CREATE TABLE pause (seconds int);\nINSERT INTO pause VALUES (600);',
    '2_more/migration.sql':
      'DO $$ BEGIN PERFORM pg_sleep(seconds) FROM pause; END $$;\nCREATE TABLE b (id int);',
  })
  const ecs = await startFakeEcs({ live: asProcess({ DATABASE_URL: db.url }, project.directory) })
  const child = startCli(['ecs', 'run', ...TARGET, 'migrate', 'deploy'], { env: ecs.env })
  const sleeping = () =>
    query(
      db.url,
      "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
    )
  await expect.poll(sleeping, { timeout: 20_000 }).toHaveLength(1)
  child.kill('SIGINT')
  const { exit, stderr } = await child.result
  expect(exit, stderr).toBe(130)
  // Its last words are here, so it was waited for; and not a session is left.
  expect(stderr).toContain('error[interrupted] interrupted by SIGTERM')
  expect(stderr).toContain('error[interrupted] interrupted by SIGINT')
  expect(await ecs.tasks[0]?.asked).toContain('SIGINT')
  await expect.poll(sleeping, { timeout: 5000 }).toHaveLength(0)
  await execute(db.url, 'DELETE FROM pause')
  const next = await cli(['ecs', 'run', ...TARGET, 'migrate', 'deploy'], { env: ecs.env })
  expect(next.exit, next.stderr).toBe(0)
})

test('a task that was done before it heard of Ctrl-C is done', async () => {
  const interruption = new AbortController()
  const { exit, stderr } = await runEcs(
    {
      live: async task => {
        task.become('RUNNING')
        interruption.abort(new Error('interrupted by hand'))
        await task.asked
        task.exit(0)
      },
    },
    ['migrate', 'deploy'],
    interruption.signal,
  )
  expect(exit, stderr).toBe(0)
})

test('what takes longer than it was given is stopped, and that is an error even where it ended cleanly', async () => {
  const { exit, stderr } = await runEcs(
    {
      live: async task => {
        task.become('RUNNING')
        await task.asked
        task.write('last words')
        task.exit(130)
      },
    },
    ['--timeout-ms', '1000', '--json', 'migrate', 'deploy'],
  )
  expect(exit).toBe(4)
  expect(stderr).toContain('error[ecs-timeout]')
  expect(stderr).toContain('last words')
})

test('lines come in their order and each once, however many, also those that reach CloudWatch after the end', async () => {
  const { exit, stdout, stderr } = await runEcs({
    live: task => {
      task.become('RUNNING')
      for (let line = 0; line < 950; line += 1)
        task.write(line % 2 === 0 ? `line ${line}` : logLine(`log ${line}`))
      task.exit(6)
      setTimeout(() => task.write('the report'), 1200)
    },
  })
  expect(exit).toBe(6)
  const even = Array.from({ length: 475 }, (_, index) => `line ${index * 2}`)
  expect(stdout).toBe(`${[...even, 'the report'].join('\n')}\n`)
  const logged = stderr.split('\n').filter(line => line.includes('"remote-run"'))
  expect(logged.map(line => JSON.parse(line).message)).toEqual(
    Array.from({ length: 475 }, (_, index) => `log ${index * 2 + 1}`),
  )
})

test('with --json, stdout is one document about the task, and everything of the container is in the log', async () => {
  const { exit, stdout, stderr } = await runEcs({ live: quick(3, 'refused', logLine('why', 'warn')) }, [
    '--json',
    'migrate',
    'deploy',
  ])
  expect(exit).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    verb: 'ecs run',
    ok: false,
    exitCode: 3,
    state: 'ended',
    cluster: 'shop',
    command: ['migrate', 'deploy'],
    log: { group: '/howdah', region: REGION },
  })
  expect(stderr).toContain('refused')
  expect(stderr).toContain('why')
})

test('a dry run and --detach do what they say', async () => {
  const live = () => undefined
  const dry = await runEcs({ live }, ['--dry-run', '--json', 'migrate', 'deploy'])
  expect(dry.exit).toBe(0)
  expect(dry.ecs.tasks).toHaveLength(0)
  expect(JSON.parse(dry.stdout)).toMatchObject({
    state: 'planned',
    image: 'registry.test/howdah@sha256:0123',
    task: null,
  })
  const detached = await runEcs({ live }, ['--detach', 'serve'])
  expect(detached.exit).toBe(0)
  expect(detached.ecs.tasks).toHaveLength(1)
  expect(detached.stdout).toContain(detached.ecs.tasks[0]?.arn)
  expect(detached.ecs.asked.get('DescribeTasks')).toBeUndefined()
})
