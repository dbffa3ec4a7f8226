import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Container, MAXIMUM_OPEN_FILES, type SecretReference } from '../fargate/container.ts'
import { discoveryHost, registerDiscovery } from '../fargate/discovery.ts'
import { registerLogGroup } from '../fargate/log-group.ts'
import { type RegisteredTask, registerTask } from '../fargate/task.ts'
import { physicalName } from '../physical-name.ts'
import { transformed } from '../transform.ts'
import { requireSoundSizing } from './limits.ts'
import { type RegisteredBalancer, registerLoadBalancer } from './load-balancer.ts'
import type { PgBouncerArgs, RegisteredPooler } from './pooler-args.ts'
import { registerScaling } from './scaling.ts'

const CONTAINER = 'pgbouncer'

/** Configuration, credentials, sockets and process files, none larger than a few kB; and what the entrypoint's shell puts aside. */
const IN_MEMORY = [
  { path: '/run/pgbouncer', sizeMib: 16 },
  { path: '/tmp', sizeMib: 16 },
] as const

/** PgBouncer on Fargate: tasks behind an internal load balancer, each also to be reached by itself. */
export function registerPgBouncer(
  name: string,
  args: PgBouncerArgs,
  parent: pulumi.Resource,
): RegisteredPooler {
  requireSoundSizing(args)
  const { estate, transform } = args
  const physical = physicalName(estate, name)
  const logGroup = registerLogGroup(
    `${name}-logs`,
    { physicalName: `/howdah/${physical}`, logs: args.logs, tags: { ...estate.tags } },
    transform?.logGroup,
    parent,
  )
  const balancer = registerLoadBalancer(name, args, parent)
  const discovery = registerDiscovery(
    `${name}-discovery`,
    {
      estate,
      service: 'pooler',
      description: 'Every PgBouncer task by its own address, for the runner',
      namespaceId: args.namespaceId,
    },
    transform?.discovery,
    parent,
  )
  const task = registerTask(
    `${name}-task`,
    {
      estate,
      setting: 'howdah:pooler.vcpus, howdah:pooler.memoryMib',
      family: physical,
      size: args.size,
      architecture: args.architecture,
      container: container(args, logGroup.name),
      imageRepositoryArn: args.imageRepositoryArn,
      secretsKeyArn: args.secretsKeyArn,
      logGroup,
      clusterArn: args.clusterArn,
      statements: [],
      tags: { ...estate.tags },
      transform,
    },
    parent,
  )
  const service = args.started
    ? registerService(name, args, { physical, task, balancer, discovery }, parent)
    : undefined
  return {
    host: balancer.loadBalancer.dnsName,
    port: args.port,
    logGroupName: logGroup.name,
    consoles: { host: discoveryHost(estate, 'pooler'), port: args.port },
    metrics: {
      kind: 'pgbouncer',
      loadBalancer: balancer.loadBalancer.arnSuffix,
      targetGroup: balancer.targetGroup.arnSuffix,
      clusterName: pulumi.output(args.clusterName),
      serviceName: service?.name,
      tasks: args.tasks,
    },
  }
}

function container(args: PgBouncerArgs, group: pulumi.Output<string>): Container {
  const { secrets } = args
  const tls: Readonly<Record<string, SecretReference>> =
    secrets.tls === undefined
      ? {}
      : { PGBOUNCER_TLS_CERT: secrets.tls.certificate, PGBOUNCER_TLS_KEY: secrets.tls.key }
  return {
    name: CONTAINER,
    image: args.image,
    environment: {
      PGBOUNCER_INI: args.ini,
      PGBOUNCER_PROCESSES: String(args.processes),
      PGBOUNCER_AUTH_USER: args.authUser,
      ...(args.serverCa === undefined ? {} : { PGBOUNCER_SERVER_CA: args.serverCa }),
    },
    secrets: {
      PGBOUNCER_AUTH_PASSWORD: secrets.authPassword,
      PGBOUNCER_ADMIN_PASSWORD: secrets.adminPassword,
      PGBOUNCER_STATS_PASSWORD: secrets.statsPassword,
      ...tls,
    },
    ports: [args.port],
    memoryFileSystems: IN_MEMORY,
    openFiles: MAXIMUM_OPEN_FILES,
    healthCheck: {
      command: ['CMD', 'pooler-healthy'],
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      startSeconds: 15,
    },
    logs: { group, region: args.estate.region, prefix: CONTAINER, mode: 'non-blocking' },
  }
}

interface ServiceParts {
  readonly physical: string
  readonly task: RegisteredTask
  readonly balancer: RegisteredBalancer
  readonly discovery: aws.servicediscovery.Service
}

function registerService(
  name: string,
  args: PgBouncerArgs,
  { physical, task, balancer, discovery }: ServiceParts,
  parent: pulumi.Resource,
): aws.ecs.Service {
  const { estate, transform } = args
  const scales = args.maximumTasks > args.tasks
  const service = new aws.ecs.Service(
    `${name}-service`,
    ...transformed<aws.ecs.ServiceArgs>(
      transform?.service,
      {
        name: physical,
        cluster: args.clusterArn,
        taskDefinition: task.definition.arn,
        launchType: 'FARGATE',
        platformVersion: 'LATEST',
        desiredCount: args.tasks,
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: args.maximumPercent,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        availabilityZoneRebalancing: 'ENABLED',
        enableExecuteCommand: false,
        healthCheckGracePeriodSeconds: 30,
        networkConfiguration: {
          subnets: args.subnetIds,
          securityGroups: [args.securityGroupIds.pooler],
          assignPublicIp: false,
        },
        loadBalancers: [
          {
            targetGroupArn: balancer.targetGroup.arn,
            containerName: CONTAINER,
            containerPort: args.port,
          },
        ],
        serviceRegistries: { registryArn: discovery.arn },
        enableEcsManagedTags: true,
        propagateTags: 'SERVICE',
        // An update whose tasks do not start is rolled back, and has to be reported as failed.
        waitForSteadyState: true,
        tags: { ...estate.tags },
      },
      {
        parent,
        // ECS refuses a target group without a load balancer, and a task without its rights does not start.
        dependsOn: [balancer.listener, ...task.policies],
        // How many there are at the moment is for autoscaling to say.
        ...(scales ? { ignoreChanges: ['desiredCount'] } : {}),
      },
    ),
  )
  if (scales) registerScaling(name, args, service.name, parent)
  return service
}
