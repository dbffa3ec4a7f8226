import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { transformed } from '../transform.ts'
import type { PgBouncerArgs } from './pooler-args.ts'

/** There are as many processes as vCPUs, and load is not even among them: one is busy long before the task is. */
const CPU_TARGET_PERCENT = 60

/** A task that goes cuts off clients that keep a connection for longer than it drains: rarely, and never back and forth. */
const SCALE_IN_COOLDOWN_SECONDS = 900
const SCALE_OUT_COOLDOWN_SECONDS = 60

/** More tasks under load, up to what the connections of the database were shared out for. */
export function registerScaling(
  name: string,
  args: PgBouncerArgs,
  serviceName: pulumi.Input<string>,
  parent: pulumi.Resource,
): void {
  const target = new aws.appautoscaling.Target(
    `${name}-scaling-target`,
    ...transformed<aws.appautoscaling.TargetArgs>(
      args.transform?.scalingTarget,
      {
        serviceNamespace: 'ecs',
        scalableDimension: 'ecs:service:DesiredCount',
        resourceId: pulumi.interpolate`service/${args.clusterName}/${serviceName}`,
        minCapacity: args.tasks,
        maxCapacity: args.maximumTasks,
        tags: { ...args.estate.tags },
      },
      { parent },
    ),
  )
  new aws.appautoscaling.Policy(
    `${name}-scaling-policy`,
    ...transformed<aws.appautoscaling.PolicyArgs>(
      args.transform?.scalingPolicy,
      {
        policyType: 'TargetTrackingScaling',
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          targetValue: CPU_TARGET_PERCENT,
          scaleInCooldown: SCALE_IN_COOLDOWN_SECONDS,
          scaleOutCooldown: SCALE_OUT_COOLDOWN_SECONDS,
        },
      },
      { parent },
    ),
  )
}
