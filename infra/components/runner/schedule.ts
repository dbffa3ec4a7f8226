import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { RegisteredTask } from '../fargate/task.ts'
import { policyDocument, scopeOf } from '../iam-documents.ts'
import { type Transform, transformed } from '../transform.ts'
import { runFamily } from './run-family.ts'

export interface ScheduleTransforms {
  readonly scheduleRole?: Transform<aws.iam.RoleArgs>
  readonly schedulePolicy?: Transform<aws.iam.RolePolicyArgs>
  readonly schedule?: Transform<aws.scheduler.ScheduleArgs>
}

interface ScheduleArgs {
  readonly estate: Estate
  readonly expression: string
  readonly timezone: string
  /** Whether it is on; off, it can still be started by hand. */
  readonly enabled: boolean
  readonly task: RegisteredTask
  readonly cluster: aws.ecs.Cluster
  readonly group: aws.scheduler.ScheduleGroup
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>
  readonly securityGroupId: pulumi.Input<string>
}

/** Starts a task by the clock, as a role that can start this one and nothing else. */
export function registerSchedule(
  name: string,
  args: ScheduleArgs,
  transform: ScheduleTransforms | undefined,
  parent: pulumi.Resource,
): aws.scheduler.Schedule {
  const { task, cluster, estate } = args
  const role = new aws.iam.Role(
    `${name}-schedule`,
    ...transformed<aws.iam.RoleArgs>(
      transform?.scheduleRole,
      {
        description: `Starts ${task.family} by the clock`,
        assumeRolePolicy: policyDocument([
          {
            Sid: 'SchedulesOfThisGroup',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Action: ['sts:AssumeRole'],
            Condition: {
              StringEquals: {
                'aws:SourceAccount': scopeOf(cluster.arn).account,
                'aws:SourceArn': args.group.arn,
              },
            },
          },
        ]),
        tags: { ...estate.tags },
      },
      { parent },
    ),
  )
  const policy = new aws.iam.RolePolicy(
    `${name}-schedule`,
    ...transformed<aws.iam.RolePolicyArgs>(
      transform?.schedulePolicy,
      { role: role.name, policy: policyDocument(runFamily([task], cluster)) },
      { parent },
    ),
  )
  return new aws.scheduler.Schedule(
    `${name}-schedule`,
    ...transformed<aws.scheduler.ScheduleArgs>(
      transform?.schedule,
      {
        name: task.family,
        groupName: args.group.name,
        description: `howdah: ${task.family}`,
        scheduleExpression: args.expression,
        scheduleExpressionTimezone: args.timezone,
        flexibleTimeWindow: { mode: 'OFF' },
        state: args.enabled ? 'ENABLED' : 'DISABLED',
        target: {
          arn: cluster.arn,
          roleArn: role.arn,
          ecsParameters: {
            taskDefinitionArn: task.definition.arn,
            launchType: 'FARGATE',
            platformVersion: 'LATEST',
            taskCount: 1,
            enableExecuteCommand: false,
            enableEcsManagedTags: true,
            propagateTags: 'TASK_DEFINITION',
            networkConfiguration: {
              subnets: args.subnetIds,
              securityGroups: [args.securityGroupId],
              assignPublicIp: false,
            },
          },
          // Of starting, not of running: where Fargate has no room, it is tried again within the hour.
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
        },
      },
      { parent, dependsOn: [policy] },
    ),
  )
}
