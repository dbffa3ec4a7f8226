import type { RunTaskCommandInput } from '@aws-sdk/client-ecs'
import { HowdahError } from '../core/errors.ts'
import { withReleases } from '../core/release-stack.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration } from '../core/units.ts'
import { EcsRequests } from './ecs-requests.ts'
import { startProblem, withoutExitCode } from './how-it-ended.ts'
import { LogStream } from './log-stream.ts'
import { planTask } from './plan-task.ts'
import { sortLines } from './remote-lines.ts'
import { type LogPlace, type TaskTemplate, taskTemplate } from './task-template.ts'
import { TaskWatch, taskId } from './watch-task.ts'

export interface EcsRunOptions {
  readonly cluster: string
  readonly taskDefinition: string
  /** Absent: the only essential one. */
  readonly container: string | undefined
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  /** Absent: by the SDK's default chain. */
  readonly region: string | undefined
  readonly timeoutMs: number
  /** The verb and its flags, without `howdah`. */
  readonly words: readonly string[]
  readonly mode: 'plan' | 'detach' | 'wait'
  /** Given the lines of the container's report; its log is logged. */
  readonly onReportLine: (line: string) => void
  readonly runtime: Runtime
}

/** The task as far as it came. */
export interface EcsRunOutcome {
  readonly state: 'planned' | 'started' | 'ended'
  readonly request: RunTaskCommandInput
  readonly image: string
  readonly region: string
  readonly log: (LogPlace & { readonly stream: string | undefined }) | undefined
  readonly task: string | undefined
  readonly exitCode: number | undefined
  /** AWS's words for the end. */
  readonly reason: string | undefined
  readonly durationMs: number | undefined
}

/**
 * Starts a verb as a task in ECS and stays with it to its end.
 * @throws HowdahError aws-*, ecs-*; interrupted, when the task was stopped for it
 */
export async function runInEcs(options: EcsRunOptions): Promise<EcsRunOutcome> {
  return withReleases(async releases => {
    const { cluster, container, runtime, mode } = options
    const { log, clock, signal } = runtime
    const requests = await EcsRequests.connect(cluster, options.region, log)
    releases.push('closing the connection to ECS', () => requests.close())
    const definition = await requests.taskDefinition(options.taskDefinition, signal)
    const template = taskTemplate(definition, container, requests.region)
    const request = planTask(template, { ...options, token: runtime.runId })
    const planned = outcomeOf('planned', template, request, requests.region)
    if (mode === 'plan') return planned

    signal.throwIfAborted()
    const startedMs = clock.monotonicMs()
    const answer = await requests.run(request)
    if ('refusal' in answer) {
      const { refusal: reason } = answer
      const problem = startProblem(reason)
      throw new HowdahError(
        'ecs-task-not-started',
        { task: 'the task', reason, problem },
        { details: { reason, problem } },
      )
    }
    const arn = answer.task.taskArn ?? ''
    log.info('ecs.started', `task ${taskId(arn)} of ${template.arn.split('/').at(-1)} on ${cluster}`, {
      task: arn,
    })
    const stream = template.log && `${template.log.prefix}/${template.container}/${taskId(arn)}`
    const started = { ...outcomeOf('started', template, request, requests.region, stream), task: arn }
    if (mode === 'detach') return started

    const logStream = await openLog(template, stream, options)
    releases.push('closing the connection to CloudWatch', () => logStream?.close())
    const watch = new TaskWatch({
      requests,
      log: logStream,
      arn,
      container: template.container,
      look: `aws ecs describe-tasks --region ${requests.region} --cluster ${cluster} --tasks ${taskId(arn)}`,
      timeoutMs: options.timeoutMs,
      stopTimeoutMs: template.stopTimeoutSeconds * 1000,
      runtime,
    })
    const { end, ran, stopped } = await watch.toItsEnd()
    const durationMs = Math.round(clock.monotonicMs() - startedMs)
    const name = `task ${taskId(arn)}`
    // A task that was done before it heard that it should stop is done.
    if (stopped && end.exitCode !== 0) {
      if (stopped === 'interrupted') throw signal.reason
      const ended = end.exitCode === undefined ? end.reason : `it ended with ${end.exitCode}`
      throw new HowdahError('ecs-timeout', { task: name, after: formatDuration(options.timeoutMs), ended })
    }
    if (end.exitCode === undefined) throw withoutExitCode(name, end, ran)
    return { ...started, state: 'ended', exitCode: end.exitCode, reason: end.reason, durationMs }
  })
}

async function openLog(
  template: TaskTemplate,
  stream: string | undefined,
  { runtime: { log }, onReportLine }: EcsRunOptions,
): Promise<LogStream | undefined> {
  if (template.log && stream) return LogStream.open(template.log, stream, log, sortLines(log, onReportLine))
  log.warn(
    'ecs.log-elsewhere',
    `container ${template.container} does not log to CloudWatch with awslogs-group and awslogs-stream-prefix: its log is not shown here`,
  )
  return undefined
}

function outcomeOf(
  state: EcsRunOutcome['state'],
  template: TaskTemplate,
  request: RunTaskCommandInput,
  region: string,
  stream?: string,
): EcsRunOutcome {
  const none = { task: undefined, exitCode: undefined, reason: undefined, durationMs: undefined }
  return {
    state,
    request,
    image: template.image,
    region,
    log: template.log && { ...template.log, stream },
    ...none,
  }
}
