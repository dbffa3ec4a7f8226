import { expect, test } from 'vitest'
import { cli, startCli } from '../harness/cli.ts'
import { DEFINITION, quick, runEcs, startFakeEcs, TARGET } from '../harness/ecs.ts'

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
    const { exit, stdout, stderr } = await runEcs({ live: task => task.die(stopCode, reason) }, [
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
  const { exit, stderr } = await runEcs({
    live: () => undefined,
    failures: [{ reason: 'RESOURCE:MEMORY', detail: 'too little' }],
  })
  expect(exit).toBe(4)
  expect(stderr).toContain('error[ecs-task-not-started] the task did not start: RESOURCE:MEMORY: too little')
  expect(stderr).toContain('availability zones')
})

test('a container that is killed for its memory, and a task that is taken away, say so', async () => {
  const killed = await runEcs({
    live: task => {
      task.become('RUNNING')
      task.exit(137, 'OutOfMemoryError: Container killed due to memory usage')
    },
  })
  expect(killed.exit).toBe(137)
  expect(killed.stderr).toContain('OutOfMemoryError')
  const taken = await runEcs({
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

test('a log that may not be read takes nothing from the run', async () => {
  const ecs = await startFakeEcs({ live: quick(0, 'unseen') })
  ecs.fail('GetLogEvents', { status: 400, type: 'AccessDeniedException', message: 'not authorized' }, 100)
  const { exit, stderr } = await cli(['ecs', 'run', ...TARGET, 'migrate', 'deploy'], { env: ecs.env })
  expect(exit).toBe(0)
  expect(ecs.asked.get('GetLogEvents')).toBe(1)
  expect(stderr).toContain('ecs.log-unreadable')
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
  const { exit, stdout, stderr, ecs } = await runEcs({ definition, live: () => undefined }, args)
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
