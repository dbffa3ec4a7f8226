import type { ECSClient, RunTaskCommandInput, Task, TaskDefinition } from '@aws-sdk/client-ecs'
import { HowdahError, messageOf } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { awsProblem } from './aws-problem.ts'

/** A request is sent this often in all, with growing pauses of up to 20 s between: throttling lasts seconds. */
const ATTEMPTS = 6
/** One request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000

type EcsCommands = Pick<
  typeof import('@aws-sdk/client-ecs'),
  'DescribeTaskDefinitionCommand' | 'RunTaskCommand' | 'DescribeTasksCommand' | 'StopTaskCommand'
>

/** What AWS's clients here have in common. */
export function clientOptions(region: string | undefined, log: Logger) {
  const drop = () => undefined
  // The SDK logs whole requests as information and errors; only its warnings are advice.
  const warn = (said: unknown) => log.warn('aws.sdk', `${said}`.trim().replace(/\s+/g, ' ').slice(0, 500))
  return {
    ...(region && { region }),
    maxAttempts: ATTEMPTS,
    logger: { trace: drop, debug: drop, info: drop, warn, error: drop },
    requestHandler: {
      connectionTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  }
}

/** What is asked of ECS, in one cluster. Errors are HowdahErrors. */
export class EcsRequests {
  readonly #client: ECSClient
  readonly #commands: EcsCommands
  readonly #cluster: string
  readonly region: string

  private constructor(client: ECSClient, commands: EcsCommands, cluster: string, region: string) {
    this.#client = client
    this.#commands = commands
    this.#cluster = cluster
    this.region = region
  }

  /** The SDK is loaded here (100 ms), and the region found. @throws HowdahError aws-credentials-missing */
  static async connect(cluster: string, region: string | undefined, log: Logger): Promise<EcsRequests> {
    const sdk = await import('@aws-sdk/client-ecs')
    const client = new sdk.ECSClient(clientOptions(region, log))
    const found = await client.config.region().catch(error => {
      throw new HowdahError('aws-credentials-missing', { reason: messageOf(error) }, { cause: error })
    })
    return new EcsRequests(client, sdk, cluster, found)
  }

  async taskDefinition(taskDefinition: string, abortSignal: AbortSignal): Promise<TaskDefinition> {
    const command = new this.#commands.DescribeTaskDefinitionCommand({ taskDefinition })
    const answer = await this.#client.send(command, { abortSignal }).catch(error => {
      const problem = awsProblem('ecs:DescribeTaskDefinition', this.#cluster, error)
      if (problem.code !== 'aws-request-invalid') throw problem
      throw new HowdahError(
        'ecs-task-definition-unusable',
        { definition: taskDefinition, problem: messageOf(error) },
        { cause: error },
      )
    })
    return answer.taskDefinition ?? {}
  }

  /** Starts the task. Not to be aborted: whether it was started would not be known. */
  async run(input: RunTaskCommandInput): Promise<{ readonly task: Task } | { readonly refusal: string }> {
    const answer = await this.#ask('ecs:RunTask', () =>
      this.#client.send(new this.#commands.RunTaskCommand(input)),
    )
    const [task] = answer.tasks ?? []
    if (task) return { task }
    const [failure] = answer.failures ?? []
    return { refusal: [failure?.reason ?? 'no reason given', failure?.detail].filter(Boolean).join(': ') }
  }

  /** `undefined`: ECS does not know the task, yet or any longer. */
  async task(arn: string): Promise<Task | undefined> {
    const command = new this.#commands.DescribeTasksCommand({ cluster: this.#cluster, tasks: [arn] })
    const answer = await this.#ask('ecs:DescribeTasks', () => this.#client.send(command))
    return answer.tasks?.[0]
  }

  async stop(arn: string, reason: string): Promise<void> {
    const command = new this.#commands.StopTaskCommand({ cluster: this.#cluster, task: arn, reason })
    await this.#ask('ecs:StopTask', () => this.#client.send(command))
  }

  close(): void {
    this.#client.destroy()
  }

  async #ask<T>(action: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send()
    } catch (error) {
      throw awsProblem(action, this.#cluster, error)
    }
  }
}
