import type * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { RunError } from '@pulumi/pulumi'
import { verbNames } from '../../../runner/names.ts'
import { type RegisteredTask, registerTask } from '../fargate/task.ts'
import { imageIn } from './repositories.ts'
import { FAMILY_TAG } from './run-family.ts'
import type { RunnerArgs, RunnerTask } from './runner-args.ts'
import { registerSchedule } from './schedule.ts'
import { TASK_NAMES, type TaskName, taskKind } from './tasks.ts'

export type RegisteredTasks = Readonly<Partial<Record<TaskName, RegisteredTask>>>

/** The container's name in every family. */
export const RUNNER_CONTAINER = 'howdah'

/** For what programs put into /tmp; it counts against the task's memory. */
const TEMPORARY = { path: '/tmp', sizeMib: 64 } as const

interface Place {
  /** What families begin with. */
  readonly prefix: string
  readonly cluster: aws.ecs.Cluster
  readonly logGroup: aws.cloudwatch.LogGroup
  readonly repository: aws.ecr.Repository
}

/** A task definition for each verb that is named. */
export function registerDefinitions(
  name: string,
  args: RunnerArgs,
  place: Place,
  parent: pulumi.Resource,
): RegisteredTasks {
  return mapTasks(args.tasks, (task, taskName) => definition(name, args, place, taskName, task, parent))
}

function definition(
  name: string,
  { estate, ...args }: RunnerArgs,
  { prefix, cluster, logGroup, repository }: Place,
  taskName: TaskName,
  task: RunnerTask,
  parent: pulumi.Resource,
): RegisteredTask {
  const kind = taskKind(taskName)
  const family = `${prefix}-${kind.suffix}`
  return registerTask(
    `${name}-${kind.suffix}`,
    {
      estate,
      setting: 'howdah:runner.vcpus, howdah:runner.memoryMib',
      family,
      size: task.size,
      architecture: args.architecture,
      container: {
        name: RUNNER_CONTAINER,
        image: imageIn(repository.repositoryUrl, args.image),
        command: [...kind.command, ...(task.arguments ?? [])],
        environment: task.environment,
        secrets: task.secrets,
        ports: kind.ports,
        memoryFileSystems: [TEMPORARY],
        ...(task.scratch === undefined ? {} : { scratchPath: task.scratch.path }),
        ...(kind.healthCheck === undefined ? {} : { healthCheck: kind.healthCheck }),
        logs: {
          group: logGroup.name,
          region: estate.region,
          prefix: kind.suffix,
          // What a migration says is its record; what `serve` says is not worth a gap in what it measures.
          mode: kind.service ? 'non-blocking' : 'blocking',
        },
      },
      ...(task.scratch === undefined ? {} : { scratchGib: task.scratch.sizeGib }),
      imageRepositoryArn: repository.arn,
      secretsKeyArn: args.secretsKeyArn,
      logGroup,
      clusterArn: cluster.arn,
      statements: task.statements ?? [],
      tags: { ...estate.tags, [FAMILY_TAG]: family },
      transform: task.transform,
    },
    parent,
  )
}

/** Whether the runner has the verb of a task yet: one it does not have would fail by the clock, every day. */
export function hasVerb(taskName: TaskName): boolean {
  return verbNames().includes(taskKind(taskName).command.join(' '))
}

interface SchedulePlace {
  readonly cluster: aws.ecs.Cluster
  /** Made when the first schedule is. */
  readonly group: () => aws.scheduler.ScheduleGroup
}

/** A schedule for each task that has one; off where the runner is not started, or does not have the verb. */
export function registerSchedules(
  name: string,
  args: RunnerArgs,
  tasks: RegisteredTasks,
  { cluster, group }: SchedulePlace,
  parent: pulumi.Resource,
): void {
  let made: aws.scheduler.ScheduleGroup | undefined
  for (const taskName of TASK_NAMES) {
    const [task, wanted] = [tasks[taskName], args.tasks[taskName]]
    if (task === undefined || wanted?.schedule === undefined) continue
    made ??= group()
    registerSchedule(
      `${name}-${taskKind(taskName).suffix}`,
      {
        estate: args.estate,
        ...wanted.schedule,
        enabled: args.started && hasVerb(taskName),
        task,
        cluster,
        group: made,
        subnetIds: args.subnetIds,
        securityGroupId: args.securityGroupId,
      },
      wanted.transform,
      parent,
    )
  }
}

/** @throws RunError where CI is to run a task that is not there */
export function requiredTask(tasks: RegisteredTasks, taskName: TaskName): RegisteredTask {
  const task = tasks[taskName]
  if (task === undefined)
    throw new RunError(`howdah:runner.ciRepository: CI is to run ${taskName}, and there is no such task`)
  return task
}

/** In the order of the table, so that resources are registered in the same order every time. */
export function mapTasks<T, R>(
  tasks: Readonly<Partial<Record<TaskName, T>>>,
  change: (task: T, name: TaskName) => R,
): Partial<Record<TaskName, R>> {
  const mapped: Partial<Record<TaskName, R>> = {}
  for (const name of TASK_NAMES) {
    const task = tasks[name]
    if (task !== undefined) mapped[name] = change(task, name)
  }
  return mapped
}
