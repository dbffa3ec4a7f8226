import type { Task } from '@aws-sdk/client-ecs'
import { HowdahError } from '../core/errors.ts'
import type { StartProblem } from '../core/errors-by-room/ecs-errors.ts'

/** How a container ended, and why, in AWS's words. */
export interface TaskEnd {
  /** Absent: it was never run, or nobody heard how it ended. */
  readonly exitCode: number | undefined
  /** ECS's own word: EssentialContainerExited, TaskFailedToStart, UserInitiated, SpotInterruption… */
  readonly stopCode: string | undefined
  readonly reason: string
}

/** Whether the container is at its end; the task itself takes 10 to 30 s more to give its address back. */
export function taskEnd(task: Task, container: string): TaskEnd | undefined {
  const own = task.containers?.find(({ name }) => name === container)
  const exited = own?.lastStatus === 'STOPPED' && own.exitCode !== undefined
  if (!exited && task.lastStatus !== 'STOPPED') return undefined
  const reasons = [own?.reason, task.stoppedReason].filter(reason => reason !== undefined && reason !== '')
  return {
    exitCode: own?.exitCode,
    stopCode: task.stopCode,
    reason: [...new Set(reasons)].join('; ') || 'ECS gives no reason',
  }
}

/** The names AWS gives its errors begin their messages; the stop code tells the rest. */
const PROBLEMS: readonly (readonly [RegExp, StartProblem])[] = [
  [/\bCannotPull\w*Error\b|\bCannotPullContainer\b/, 'image'],
  [/\bResourceInitializationError\b/, 'initialization'],
  [/\bCannot(Start|Create|Inspect)ContainerError\b|\bContainerRuntime\w*Error\b/, 'container'],
  [/^(RESOURCE:|AGENT\b|ATTRIBUTE\b|Capacity is unavailable)|\bCapacity is unavailable\b/, 'capacity'],
  [/network interface/i, 'network'],
]

export const startProblem = (reason: string): StartProblem =>
  PROBLEMS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other'

/** The error of a task that ended without an exit code. @param ran whether the container was ever seen to run */
export function withoutExitCode(task: string, { reason, stopCode }: TaskEnd, ran: boolean): HowdahError {
  const details = { task, stopCode: stopCode ?? null, reason }
  if (ran && stopCode !== 'TaskFailedToStart')
    return new HowdahError('ecs-task-cut-off', { task, reason }, { details })
  const problem = startProblem(reason)
  return new HowdahError(
    'ecs-task-not-started',
    { task, reason, problem },
    { details: { ...details, problem } },
  )
}
