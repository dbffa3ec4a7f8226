import type { Task } from '@aws-sdk/client-ecs'
import { HowdahError, messageOf } from '../core/errors.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatDuration } from '../core/units.ts'
import { isPassing } from './aws-problem.ts'
import type { EcsRequests } from './ecs-requests.ts'
import { type TaskEnd, taskEnd } from './how-it-ended.ts'
import type { LogStream } from './log-stream.ts'

/** Pauses between two looks, in milliseconds: AWS allows 20 looks a second to the whole account. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2000
/** Right after its start ECS may not know a task; later it has forgotten it. */
const UNKNOWN_FOR_MS = 60_000
/** Beyond the container's own time to end: Fargate takes up to a minute to say that it has. */
const STOP_SLACK_MS = 90_000
/** AWS may be out of reach for this long before the watch is given up; the task goes on without it. */
const UNREACHABLE_FOR_MS = 300_000
/** The last lines reach CloudWatch after the container's end; this long without a further one is taken for the end. */
const LOG_SETTLES_MS = 3000
const LOG_DRAIN_MS = 20_000

export interface WatchOptions {
  readonly requests: EcsRequests
  readonly log: LogStream | undefined
  readonly arn: string
  readonly container: string
  /** How to look by hand, for a message. */
  readonly look: string
  readonly timeoutMs: number
  readonly stopTimeoutMs: number
  readonly runtime: Runtime
}

export interface Watched {
  readonly end: TaskEnd
  /** Whether the container was seen to run. */
  readonly ran: boolean
  /** Why it was told to stop by us, if it was. */
  readonly stopped: 'interrupted' | 'timeout' | undefined
}

/**
 * Follows a task to the end of its container, with its log. When the run is interrupted, or the time is up, the task is told
 * to stop, and followed until it has.
 * @throws HowdahError ecs-task-lost
 */
export class TaskWatch {
  readonly #options: WatchOptions
  readonly #startedMs: number
  #ran = false
  #status = ''
  #pauseMs = FIRST_PAUSE_MS
  #heardMs: number
  #stopped: 'interrupted' | 'timeout' | undefined
  #stopAskedMs = 0

  constructor(options: WatchOptions) {
    this.#options = options
    this.#startedMs = options.runtime.clock.monotonicMs()
    this.#heardMs = this.#startedMs
  }

  async toItsEnd(): Promise<Watched> {
    for (;;) {
      const end = await this.#look()
      const lines = (await this.#options.log?.read()) ?? 0
      if (end) {
        // Who ends at once is never seen to run.
        if (this.#ran || end.exitCode !== undefined) await this.#drainLog()
        return { end, ran: this.#ran, stopped: this.#stopped }
      }
      await this.#stopWhereDue()
      this.#pauseMs = lines > 0 ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 1.5)
      await this.#pause()
    }
  }

  /** One look at the task. */
  async #look(): Promise<TaskEnd | undefined> {
    const { requests, arn, container, runtime } = this.#options
    const silentMs = runtime.clock.monotonicMs() - this.#heardMs
    let task: Task | undefined
    try {
      task = await requests.task(arn)
    } catch (error) {
      if (!isPassing(error) || silentMs > UNREACHABLE_FOR_MS) throw this.#lost(messageOf(error), error)
      runtime.log.warn('ecs.unreachable', `${messageOf(error)}; the task goes on`, { task: arn })
      return undefined
    }
    if (!task) {
      if (silentMs > UNKNOWN_FOR_MS) throw this.#lost('ECS does not know it')
      return undefined
    }
    this.#heardMs = runtime.clock.monotonicMs()
    this.#note(task)
    return taskEnd(task, container)
  }

  #note(task: Task): void {
    const { container, runtime, arn } = this.#options
    const status = task.lastStatus ?? ''
    const own = task.containers?.find(({ name }) => name === container)
    if (own?.lastStatus === 'RUNNING' || status === 'RUNNING' || task.startedAt !== undefined)
      this.#ran = true
    if (status === this.#status) return
    this.#status = status
    this.#pauseMs = FIRST_PAUSE_MS
    runtime.log.info('ecs.status', `task ${taskId(arn)}: ${status.toLowerCase()}`, { task: arn, status })
  }

  async #stopWhereDue(): Promise<void> {
    const { runtime, timeoutMs, stopTimeoutMs } = this.#options
    const now = runtime.clock.monotonicMs()
    if (this.#stopped) {
      if (now - this.#stopAskedMs > stopTimeoutMs + STOP_SLACK_MS)
        throw this.#lost(`it has not ended ${formatDuration(now - this.#stopAskedMs)} after it was told to`)
      return
    }
    if (runtime.signal.aborted) await this.#stop('interrupted', messageOf(runtime.signal.reason))
    else if (now - this.#startedMs >= timeoutMs)
      await this.#stop('timeout', `not done after ${formatDuration(timeoutMs)}`)
  }

  async #stop(why: 'interrupted' | 'timeout', reason: string): Promise<void> {
    const { requests, runtime, arn } = this.#options
    runtime.log.warn('ecs.stopping', `stopping task ${taskId(arn)}: ${reason}`, { task: arn, reason: why })
    try {
      await requests.stop(arn, `howdah ecs run: ${reason}`)
    } catch (error) {
      throw this.#lost(`it could not be told to stop: ${messageOf(error)}`, error)
    }
    this.#stopped = why
    this.#stopAskedMs = runtime.clock.monotonicMs()
    this.#pauseMs = FIRST_PAUSE_MS
  }

  /** Until the next look; an interruption ends it, unless that has been seen to. */
  async #pause(): Promise<void> {
    const { clock, signal } = this.#options.runtime
    const pause = clock.sleep(this.#pauseMs, this.#stopped ? undefined : signal)
    await pause.catch(error => {
      if (!signal.aborted) throw error
    })
  }

  async #drainLog(): Promise<void> {
    const { log, runtime } = this.#options
    if (!log) return
    const { clock } = runtime
    const started = clock.monotonicMs()
    let lastLineMs = started
    while (
      clock.monotonicMs() - lastLineMs < LOG_SETTLES_MS &&
      clock.monotonicMs() - started < LOG_DRAIN_MS
    ) {
      await clock.sleep(FIRST_PAUSE_MS * 2)
      if ((await log.read()) > 0) lastLineMs = clock.monotonicMs()
    }
  }

  #lost(reason: string, cause?: unknown): HowdahError {
    const { arn, look } = this.#options
    return new HowdahError(
      'ecs-task-lost',
      { task: `task ${taskId(arn)}`, reason, look },
      { cause, details: { task: arn } },
    )
  }
}

/** The last part of a task's ARN. */
export const taskId = (arn: string) => arn.split('/').at(-1) ?? arn
