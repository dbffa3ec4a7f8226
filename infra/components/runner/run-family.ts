import type * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { RegisteredTask } from '../fargate/task.ts'
import { type Statement, scopeOf } from '../iam-documents.ts'

/** The tag a task has from its definition, with its family: neither the ARN of a task nor a condition of ECS tells which it is of. */
export const FAMILY_TAG = 'howdah:task'

/** ARNs of all tasks of a cluster; what family they are of is for a condition to say. */
export function tasksOf(cluster: aws.ecs.Cluster): pulumi.Output<string> {
  const scope = scopeOf(cluster.arn)
  return pulumi.interpolate`arn:${scope.partition}:ecs:${scope.region}:${scope.account}:task/${cluster.name}/*`
}

/** Starts tasks of these families in this cluster, as their roles, and names them by their tags; in any revision, since a deployment makes a new one. */
export function runFamily(tasks: readonly RegisteredTask[], cluster: aws.ecs.Cluster): readonly Statement[] {
  return [
    {
      Sid: 'RunTask',
      Effect: 'Allow',
      Action: ['ecs:RunTask'],
      Resource: tasks.map(({ definition }) => pulumi.interpolate`${definition.arnWithoutRevision}:*`),
      Condition: { ArnEquals: { 'ecs:cluster': cluster.arn } },
    },
    {
      Sid: 'TagTaskAsItStarts',
      Effect: 'Allow',
      Action: ['ecs:TagResource'],
      Resource: tasksOf(cluster),
      Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    },
    {
      Sid: 'PassRolesOfTask',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: tasks.flatMap(({ executionRole, taskRole }) => [executionRole.arn, taskRole.arn]),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ]
}
