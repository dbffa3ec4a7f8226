import { expect, test } from 'vitest'
import { CANARY, REGION } from '../harness/aws.ts'
import { cli, startCli } from '../harness/cli.ts'
import { asProcess, DEFINITION, type EcsScript, type FakeTask, startFakeEcs } from '../harness/ecs.ts'
import { createDatabase, execute, query } from '../harness/postgres.ts'
import { createProject } from '../harness/project.ts'

const TARGET = ['--cluster', 'shop', '--task-definition', 'migrate', '--subnets', 'subnet-1,subnet-2']

async function run(script: EcsScript, args: readonly string[] = ['migrate', 'deploy'], signal?: AbortSignal) {
  const ecs = await startFakeEcs(script)
  const result = await cli(['ecs', 'run', ...TARGET, ...args], { env: ecs.env, ...(signal && { signal }) })
  return { ...result, ecs }
}

/** A container that says something and ends. */
const quick =
  (code: number, ...lines: string[]) =>
  (task: FakeTask) => {
    task.become('RUNNING')
    for (const line of lines) task.write(line)
    task.exit(code)
  }

const logLine = (message: string, level = 'info') =>
  JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level, event: 'x.y', run: 'remote-run', message })

test('a deploy runs as a task, next to a real database: its log comes to stderr, its report to stdout, and its exit code is ours', async () => {
  await using db = await createDatabase()
  await using project = await createProject({ '1_init/migration.sql': 'CREATE TABLE a (id int);' })
  const live = asProcess({ DATABASE_URL: db.url }, project.directory)
  const { exit, stdout, stderr, ecs } = await run({ live }, ['--', 'migrate', 'deploy', '--json'])
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
  const { exit, stdout, stderr } = await run({ live })
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
  const { exit, stderr } = await run(
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
  const { exit, stderr } = await run(
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

test.each([
  [
    'image',
    'TaskFailedToStart',
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): not found',
    'ecr',
  ],
  [
    'initialization',
    'TaskFailedToStart',
    'ResourceInitializationError: unable to pull secrets or registry auth: AccessDenied',
    'secretsmanager:GetSecretValue',
  ],
  ['container', 'TaskFailedToStart', 'CannotStartContainerError: exec format error', 'cpuArchitecture'],
  [
    'capacity',
    'TaskFailedToStart',
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    'availability zones',
  ],
  [
    'network',
    'TaskFailedToStart',
    'Timeout waiting for network interface provisioning to complete.',
    'free addresses',
  ],
  ['other', 'TaskFailedToStart', 'InternalError: something else', 'describe-tasks'],
])(
  'a task that never started says why, with what to do about it: %s',
  async (problem, stopCode, reason, advice) => {
    const { exit, stdout, stderr } = await run({ live: task => task.die(stopCode, reason) }, [
      '--json',
      'migrate',
      'deploy',
    ])
    expect(exit).toBe(4)
    const { error } = JSON.parse(stdout)
    expect(error).toMatchObject({ code: 'ecs-task-not-started', details: { problem, stopCode, reason } })
    expect(error.message).toContain(reason)
    expect(error.hint).toContain(advice)
    expect(stderr).toContain('error[ecs-task-not-started]')
  },
)

test('a task for which there is no room is told from one that ECS could not start', async () => {
  const { exit, stderr } = await run({
    live: () => undefined,
    failures: [{ reason: 'RESOURCE:MEMORY', detail: 'too little' }],
  })
  expect(exit).toBe(4)
  expect(stderr).toContain('error[ecs-task-not-started] the task did not start: RESOURCE:MEMORY: too little')
  expect(stderr).toContain('availability zones')
})

test('a container that is killed for its memory, and a task that is taken away, say so', async () => {
  const killed = await run({
    live: task => {
      task.become('RUNNING')
      task.exit(137, 'OutOfMemoryError: Container killed due to memory usage')
    },
  })
  expect(killed.exit).toBe(137)
  expect(killed.stderr).toContain('OutOfMemoryError')
  const taken = await run({
    live: task => {
      task.become('RUNNING')
      setTimeout(() => task.die('SpotInterruption', 'Your Spot Task was interrupted.'), 400)
    },
  })
  expect(taken.exit).toBe(4)
  expect(taken.stderr).toContain('error[ecs-task-cut-off]')
  expect(taken.stderr).toContain('Your Spot Task was interrupted.')
})

test('throttling, faults and lost answers are lived through, and one run never starts two tasks', async () => {
  const ecs = await startFakeEcs({
    live: task => {
      task.become('RUNNING')
      task.write('worked')
      setTimeout(() => task.exit(0), 500)
    },
  })
  ecs.fail(
    'DescribeTaskDefinition',
    { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' },
    2,
  )
  ecs.fail('RunTask', { status: 0, type: '', answerLost: true }, 2)
  // More than the SDK tries by itself: the watch goes on.
  ecs.fail('DescribeTasks', { status: 500, type: 'ServerException' }, 7)
  ecs.fail('GetLogEvents', { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' }, 3)
  const { exit, stdout, stderr } = await cli(['ecs', 'run', ...TARGET, 'migrate', 'deploy'], { env: ecs.env })
  expect(exit, stderr).toBe(0)
  expect(stdout).toBe('worked\n')
  expect(ecs.asked.get('RunTask')).toBe(3)
  expect(ecs.tasks).toHaveLength(1)
  expect(stderr).toContain('the task goes on')
})

test('lines come in their order and each once, however many, also those that reach CloudWatch after the end', async () => {
  const { exit, stdout, stderr } = await run({
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
  const { exit, stdout, stderr } = await run({ live: quick(3, 'refused', logLine('why', 'warn')) }, [
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

test('a log that may not be read takes nothing from the run', async () => {
  const ecs = await startFakeEcs({ live: quick(0, 'unseen') })
  ecs.fail('GetLogEvents', { status: 400, type: 'AccessDeniedException', message: 'not authorized' }, 100)
  const { exit, stderr } = await cli(['ecs', 'run', ...TARGET, 'migrate', 'deploy'], { env: ecs.env })
  expect(exit).toBe(0)
  expect(ecs.asked.get('GetLogEvents')).toBe(1)
  expect(stderr).toContain('ecs.log-unreadable')
})

test('a dry run and --detach do what they say', async () => {
  const live = () => undefined
  const dry = await run({ live }, ['--dry-run', '--json', 'migrate', 'deploy'])
  expect(dry.exit).toBe(0)
  expect(dry.ecs.tasks).toHaveLength(0)
  expect(JSON.parse(dry.stdout)).toMatchObject({
    state: 'planned',
    image: 'registry.test/howdah@sha256:0123',
    task: null,
  })
  const detached = await run({ live }, ['--detach', 'serve'])
  expect(detached.exit).toBe(0)
  expect(detached.ecs.tasks).toHaveLength(1)
  expect(detached.stdout).toContain(detached.ecs.tasks[0]?.arn)
  expect(detached.ecs.asked.get('DescribeTasks')).toBeUndefined()
})

const container = (name: string, more = {}) => ({ name, image: 'i', essential: true, ...more })
test.each<[string, string[], Record<string, unknown>, string]>([
  ['a verb that does not exist', ['migrate', 'deplyo'], DEFINITION, "unknown command 'deplyo'"],
  [
    'a flag the verb does not have',
    ['--', 'migrate', 'deploy', '--force'],
    DEFINITION,
    "unknown option '--force'",
  ],
  ['itself', ['--', 'ecs', 'run', 'migrate', 'deploy'], DEFINITION, 'cannot run in ECS'],
  [
    'a password for everybody to read',
    ['--', 'migrate', 'deploy', '--database-url', 'postgresql://a:hunter2@b/c'],
    DEFINITION,
    'as a secret',
  ],
  ['two ways at once', ['--dry-run', '--detach', 'serve'], DEFINITION, 'nothing would be started'],
  ['a deregistered definition', ['serve'], { ...DEFINITION, status: 'INACTIVE' }, 'deregistered'],
  [
    'several containers',
    ['serve'],
    { ...DEFINITION, containerDefinitions: [container('a'), container('b')] },
    'several containers: a, b',
  ],
  [
    'a container that is not there',
    ['--container', 'x', 'serve'],
    DEFINITION,
    'no container "x" (it has: runner)',
  ],
])('refused before anything starts: %s', async (_, args, definition, message) => {
  const { exit, stdout, stderr, ecs } = await run({ definition, live: () => undefined }, args)
  expect(exit, stderr).toBe(2)
  expect(stderr).toContain(message)
  expect(stdout + stderr).not.toContain('hunter2')
  expect(ecs.asked.get('RunTask')).toBeUndefined()
})

test('without subnets, credentials, rights or region, what is missing is named', async () => {
  const ecs = await startFakeEcs({ live: quick(0) })
  const bare = ['ecs', 'run', '--task-definition', 'migrate', 'serve']
  const without = async (env: Record<string, string | undefined>, args = [...bare, '--subnets', 's']) => {
    const child = startCli(args, { env: { ...ecs.env, ...env } })
    const { exit, stderr } = await child.result
    return [exit, stderr] as const
  }
  expect(await without({}, bare)).toEqual([2, expect.stringContaining('--subnets')])
  expect(await without({ AWS_REGION: '' })).toEqual([
    2,
    expect.stringContaining('error[aws-credentials-missing]'),
  ])
  expect(await without({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })).toEqual([
    2,
    expect.stringContaining('error[aws-credentials-missing]'),
  ])
  ecs.fail(
    'RunTask',
    {
      status: 400,
      type: 'AccessDeniedException',
      message: 'User: x is not authorized to perform: ecs:RunTask',
    },
    1,
  )
  const [exit, stderr] = await without({})
  expect(exit, stderr).toBe(2)
  expect(stderr).toContain('Allow ecs:RunTask')
  ecs.fail('RunTask', { status: 400, type: 'ClusterNotFoundException', message: 'Cluster not found.' }, 1)
  expect(await without({})).toEqual([2, expect.stringContaining('there is no cluster "default"')])
  ecs.fail(
    'RunTask',
    { status: 400, type: 'InvalidParameterException', message: 'The subnet ID s does not exist' },
    1,
  )
  expect(await without({})).toEqual([2, expect.stringContaining('The subnet ID s does not exist')])
})
