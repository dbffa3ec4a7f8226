import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { RegisteredTask } from '../fargate/task.ts'
import { type Transform, transformed } from '../transform.ts'

interface ServiceParts {
  readonly estate: Estate
  readonly task: RegisteredTask
  readonly cluster: aws.ecs.Cluster
  readonly discovery: aws.servicediscovery.Service
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>
  readonly securityGroupId: pulumi.Input<string>
}

/** One task that always runs: two would count everything twice. */
export function registerService(
  name: string,
  parts: ServiceParts,
  transform: Transform<aws.ecs.ServiceArgs> | undefined,
  parent: pulumi.Resource,
): aws.ecs.Service {
  const { task } = parts
  return new aws.ecs.Service(
    name,
    ...transformed<aws.ecs.ServiceArgs>(
      transform,
      {
        name: task.family,
        cluster: parts.cluster.arn,
        taskDefinition: task.definition.arn,
        launchType: 'FARGATE',
        platformVersion: 'LATEST',
        desiredCount: 1,
        // The new one answers before the old one goes: a gap would look like an outage of what is measured.
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        availabilityZoneRebalancing: 'ENABLED',
        enableExecuteCommand: false,
        networkConfiguration: {
          subnets: parts.subnetIds,
          securityGroups: [parts.securityGroupId],
          assignPublicIp: false,
        },
        serviceRegistries: { registryArn: parts.discovery.arn },
        enableEcsManagedTags: true,
        propagateTags: 'TASK_DEFINITION',
        waitForSteadyState: true,
        tags: { ...parts.estate.tags },
      },
      { parent, dependsOn: [...task.policies] },
    ),
  )
}
