import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { awsEnvironment, REGION, useAws } from './aws.ts'
import { cli, MAIN } from './cli.ts'

/** What is registered unless a test says otherwise: one container, its log in CloudWatch. */
export const DEFINITION = {
  taskDefinitionArn: `arn:aws:ecs:${REGION}:123456789012:task-definition/migrate:7`,
  status: 'ACTIVE',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  containerDefinitions: [
    {
      name: 'runner',
      image: 'registry.test/howdah@sha256:0123',
      essential: true,
      stopTimeout: 60,
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/howdah', 'awslogs-region': REGION, 'awslogs-stream-prefix': 'run' },
      },
    },
  ],
}

/** A task as a test lets it live. */
export interface FakeTask {
  readonly arn: string
  readonly words: readonly string[]
  /** What it was asked with. */
  readonly request: Readonly<Record<string, unknown>>
  /** PROVISIONING, PENDING, RUNNING… of the task, and of its container. */
  readonly become: (status: string) => void
  readonly write: (line: string) => void
  /** The container ends; then the task is on its way to STOPPED, as Fargate's are, for longer than anybody waits. */
  readonly exit: (code: number, reason?: string) => void
  /** The task ends without its container having said how. */
  readonly die: (stopCode: string, stoppedReason: string) => void
  /** Resolves with the reason when somebody stops it. */
  readonly asked: Promise<string>
}

export interface Fault {
  readonly status: number
  readonly type: string
  readonly message?: string
  /** The request is carried out, and its answer lost. */
  readonly answerLost?: boolean
}

export interface FakeEcs {
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  readonly tasks: readonly FakeTask[]
  /** How often each API was asked. */
  readonly asked: ReadonlyMap<string, number>
  readonly fail: (api: string, fault: Fault, times: number) => void
}

export interface EcsScript {
  readonly definition?: Record<string, unknown>
  /** What RunTask answers instead of a task. */
  readonly failures?: readonly { readonly reason: string; readonly detail?: string }[]
  readonly live: (task: FakeTask) => void | Promise<void>
}

/**
 * ECS and CloudWatch Logs as far as `howdah ecs run` asks them, by their protocol (AWS JSON 1.1): what an emulator does not model, the life of
 * a task and of its log. One client token is one task.
 */
export async function startFakeEcs({ definition = DEFINITION, failures, live }: EcsScript): Promise<FakeEcs> {
  const [asked, faults] = [new Map<string, number>(), new Map<string, { fault: Fault; left: number }>()]
  const tasks: (FakeTask & {
    readonly seen: Record<string, unknown>
    readonly lines: string[]
    stop: (reason: string) => void
  })[] = []

  const start = (request: Record<string, unknown>) => {
    const known = tasks.find(task => task.request.clientToken === request.clientToken)
    if (known) return known
    const id = randomBytes(16).toString('hex')
    const arn = `arn:aws:ecs:${REGION}:123456789012:task/${request.cluster}/${id}`
    const container: Record<string, unknown> = { name: 'runner', lastStatus: 'PENDING' }
    const seen: Record<string, unknown> = {
      taskArn: arn,
      lastStatus: 'PROVISIONING',
      containers: [container],
    }
    const lines: string[] = []
    const overrides = request.overrides as { containerOverrides: { command: string[] }[] }
    const stopped = Promise.withResolvers<string>()
    const task = {
      arn,
      seen,
      lines,
      request,
      words: overrides.containerOverrides[0]?.command ?? [],
      become: (status: string) => {
        seen.lastStatus = status
        if (status === 'RUNNING') Object.assign(container, { lastStatus: 'RUNNING' })
      },
      write: (line: string) => void lines.push(line),
      exit: (exitCode: number, reason?: string) => {
        Object.assign(container, { lastStatus: 'STOPPED', exitCode, ...(reason && { reason }) })
        Object.assign(seen, {
          lastStatus: 'DEPROVISIONING',
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
        })
      },
      die: (stopCode: string, stoppedReason: string) => {
        Object.assign(container, { lastStatus: 'STOPPED' })
        Object.assign(seen, { lastStatus: 'STOPPED', stopCode, stoppedReason })
      },
      asked: stopped.promise,
      stop: stopped.resolve,
    }
    tasks.push(task)
    void live(task)
    return task
  }

  const answers: Record<string, (input: Record<string, unknown>) => unknown> = {
    DescribeTaskDefinition: () => ({ taskDefinition: definition }),
    RunTask: input => (failures ? { tasks: [], failures } : { tasks: [start(input).seen], failures: [] }),
    DescribeTasks: input => {
      const found = tasks.filter(({ arn }) => (input.tasks as string[]).includes(arn))
      return {
        tasks: found.map(({ seen }) => seen),
        failures: found.length > 0 ? [] : [{ reason: 'MISSING' }],
      }
    },
    StopTask: input => {
      tasks.find(({ arn }) => arn === input.task)?.stop(String(input.reason))
      return {}
    },
    GetLogEvents: input => {
      const task = tasks.find(({ arn }) => `run/runner/${arn.split('/').at(-1)}` === input.logStreamName)
      if (!task || task.lines.length === 0) return undefined
      // Pages of at most 100 lines, as if they were of 1 MB.
      const from = input.nextToken ? Number(String(input.nextToken).slice(2)) : 0
      const events = task.lines.slice(from, from + 100).map(message => ({ message, timestamp: Date.now() }))
      return { events, nextForwardToken: `f/${from + events.length}`, nextBackwardToken: 'b/0' }
    },
  }

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const api = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? ''
    asked.set(api, (asked.get(api) ?? 0) + 1)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    const planned = faults.get(api)
    const fault = planned && planned.left-- > 0 ? planned.fault : undefined
    const refuse = (status: number, type: string, message = '') =>
      response.writeHead(status).end(JSON.stringify({ __type: type, message }))
    if (fault && !fault.answerLost) return void refuse(fault.status, fault.type, fault.message)
    const answer = answers[api]?.(JSON.parse(Buffer.concat(chunks).toString()))
    if (fault) return void incoming.socket.destroy()
    if (answer === undefined)
      return void refuse(400, 'ResourceNotFoundException', 'The specified log stream does not exist.')
    return void response.end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  useAws(url)
  return {
    url,
    env: { ...awsEnvironment(url), AWS_REGION: REGION },
    tasks,
    asked,
    fail: (api, fault, times) => void faults.set(api, { fault, left: times }),
  }
}

/** A task whose container is the program itself, in a process: SIGTERM when it is stopped, its output as its log. */
export function asProcess(env: Readonly<Record<string, string>>, cwd: string): (task: FakeTask) => void {
  return task => {
    task.become('PENDING')
    const child = spawn(process.execPath, [MAIN, ...task.words], {
      cwd,
      env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    task.become('RUNNING')
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', task.write)
    void task.asked.then(() => child.kill('SIGTERM'))
    child.on('close', code => task.exit(code ?? 137))
  }
}

/** Where tasks of tests run. */
export const TARGET = ['--cluster', 'shop', '--task-definition', 'migrate', '--subnets', 'subnet-1,subnet-2']

/** Runs `howdah ecs run` before an ECS of its own, and gives back both. */
export async function runEcs(
  script: EcsScript,
  args: readonly string[] = ['migrate', 'deploy'],
  signal?: AbortSignal,
) {
  const ecs = await startFakeEcs(script)
  const result = await cli(['ecs', 'run', ...TARGET, ...args], { env: ecs.env, ...(signal && { signal }) })
  return { ...result, ecs }
}

/** A container that says something and ends. */
export const quick =
  (code: number, ...lines: string[]) =>
  (task: FakeTask) => {
    task.become('RUNNING')
    for (const line of lines) task.write(line)
    task.exit(code)
  }
