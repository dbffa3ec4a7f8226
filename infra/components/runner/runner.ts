import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { discoveryHost, namespaceName, registerDiscovery } from '../fargate/discovery.ts'
import { registerLogGroup } from '../fargate/log-group.ts'
import type { RegisteredTask } from '../fargate/task.ts'
import { physicalName } from '../physical-name.ts'
import { transformed } from '../transform.ts'
import { registerCi, requireUsefulCi } from './continuous-integration.ts'
import {
  mapTasks,
  RUNNER_CONTAINER,
  registerDefinitions,
  registerSchedules,
  requiredTask,
} from './definitions.ts'
import { registerRepository } from './repositories.ts'
import type { RunnerArgs } from './runner-args.ts'
import { registerService } from './service.ts'
import type { TaskName } from './tasks.ts'

export type { CiArgs, CiJobs } from './continuous-integration.ts'
export { imageIn } from './repositories.ts'
export { measuresInstances, writesSecrets } from './rights.ts'
export { FAMILY_TAG } from './run-family.ts'
export type { RunnerArgs, RunnerTask, RunnerTransforms } from './runner-args.ts'
export { TASK_NAMES, type TaskName } from './tasks.ts'

/** A task of the runner, by what is needed to start it and to read what it wrote. */
export interface RunnerTaskOutputs {
  readonly family: string
  readonly container: string
  /** The log stream is `<prefix>/<container>/<task id>`. */
  readonly logPrefix: string
  readonly taskDefinitionArn: pulumi.Output<string>
  readonly taskRoleArn: pulumi.Output<string>
  readonly executionRoleArn: pulumi.Output<string>
}

/** What `howdah ecs run` has to be told, and CI with it. None of it is secret. */
export interface RunnerTarget {
  readonly region: string
  readonly cluster: string
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly logGroup: string
  readonly container: string
  /** Family of the task definition, by the name of the task. */
  readonly families: Readonly<Partial<Record<TaskName, string>>>
  /** What log streams begin with, by the name of the task. */
  readonly logPrefixes: Readonly<Partial<Record<TaskName, string>>>
  /** `propagateTags` of RunTask: the role of CI knows its tasks by their tags. */
  readonly propagateTags: 'TASK_DEFINITION'
}

export interface RepositoryOutputs {
  readonly url: pulumi.Output<string>
  readonly arn: pulumi.Output<string>
}

/** Where the runner runs: images, cluster, names, a task definition for each verb, schedules, and who may start tasks from outside. */
export class Runner extends pulumi.ComponentResource {
  readonly clusterArn: pulumi.Output<string>
  readonly clusterName: pulumi.Output<string>
  /** The private zone in which tasks have names. */
  readonly namespaceId: pulumi.Output<string>
  readonly repositories: { readonly runner: RepositoryOutputs; readonly pooler: RepositoryOutputs }
  readonly logGroupName: pulumi.Output<string>
  readonly tasks: Readonly<Partial<Record<TaskName, RunnerTaskOutputs>>>
  /** The service of `howdah serve`; none before it is started. */
  readonly serviceName: pulumi.Output<string> | undefined
  /** Where Prometheus finds `howdah serve`. */
  readonly metricsHost: string
  /** The role with which CI starts tasks, where there is one. */
  readonly ciRoleArn: pulumi.Output<string> | undefined
  /** The role with which CI brings images, where there is one. */
  readonly publishRoleArn: pulumi.Output<string> | undefined
  readonly target: pulumi.Output<RunnerTarget>

  constructor(name: string, args: RunnerArgs, options?: pulumi.ComponentResourceOptions) {
    super('howdah:aws:Runner', name, {}, options)
    const { estate, transform, ci } = args
    if (ci !== undefined) requireUsefulCi(ci)
    const base = registerBase(name, args, this)
    const { cluster, logGroup, images, namespace } = base
    const prefix = physicalName(estate, name)
    const tasks = registerDefinitions(name, args, { prefix, ...base, repository: images.runner }, this)
    const service =
      tasks.serve === undefined || !args.started
        ? undefined
        : registerServe(name, args, tasks.serve, { cluster, namespaceId: namespace.id }, this)
    const group = () =>
      new aws.scheduler.ScheduleGroup(
        `${name}-schedules`,
        ...transformed<aws.scheduler.ScheduleGroupArgs>(
          transform?.scheduleGroup,
          { name: prefix, tags: { ...estate.tags } },
          { parent: this },
        ),
      )
    registerSchedules(name, args, tasks, { cluster, group }, this)
    const started = ci?.tasks.map(task => requiredTask(tasks, task)) ?? []
    const repositories = [images.runner, images.pooler]
    const ciRoles =
      ci === undefined
        ? undefined
        : registerCi(name, ci, { estate, cluster, logGroup, repositories, tasks: started }, transform, this)

    this.clusterArn = cluster.arn
    this.clusterName = cluster.name
    this.namespaceId = namespace.id
    this.repositories = { runner: repositoryOutputs(images.runner), pooler: repositoryOutputs(images.pooler) }
    this.logGroupName = logGroup.name
    this.tasks = mapTasks(tasks, taskOutputs)
    this.serviceName = service?.name
    this.metricsHost = discoveryHost(estate, 'runner')
    this.ciRoleArn = ciRoles?.role.arn
    this.publishRoleArn = ciRoles?.publishRole?.arn
    this.target = pulumi
      .all([cluster.name, args.subnetIds, args.securityGroupId, logGroup.name])
      .apply(([clusterName, subnets, securityGroup, logGroupName]) => ({
        region: estate.region,
        cluster: clusterName,
        subnets,
        securityGroups: [securityGroup],
        logGroup: logGroupName,
        container: RUNNER_CONTAINER,
        families: mapTasks(tasks, ({ family }) => family),
        logPrefixes: mapTasks(tasks, ({ logPrefix }) => logPrefix),
        propagateTags: 'TASK_DEFINITION' as const,
      }))
    this.registerOutputs({
      clusterName: this.clusterName,
      repositories: this.repositories,
      target: this.target,
      ciRoleArn: this.ciRoleArn,
      publishRoleArn: this.publishRoleArn,
    })
  }
}

const repositoryOutputs = ({ repositoryUrl, arn }: aws.ecr.Repository): RepositoryOutputs => ({
  url: repositoryUrl,
  arn,
})

const taskOutputs = (task: RegisteredTask): RunnerTaskOutputs => ({
  family: task.family,
  container: task.container,
  logPrefix: task.logPrefix,
  taskDefinitionArn: task.definition.arn,
  taskRoleArn: task.taskRole.arn,
  executionRoleArn: task.executionRole.arn,
})

/** What all tasks share, the poolers' too. */
function registerBase(name: string, args: RunnerArgs, parent: pulumi.Resource) {
  const { estate, transform } = args
  const tags = { ...estate.tags }
  const repository = (image: 'runner' | 'pgbouncer') =>
    registerRepository(
      `${name}-${image}-images`,
      { estate, image, keyArn: args.imagesKeyArn },
      transform,
      parent,
    )
  const logGroup = registerLogGroup(
    `${name}-logs`,
    { physicalName: `/howdah/${physicalName(estate, name)}`, logs: args.logs, tags },
    transform?.logGroup,
    parent,
  )
  const cluster = new aws.ecs.Cluster(
    `${name}-cluster`,
    ...transformed<aws.ecs.ClusterArgs>(
      transform?.cluster,
      { name: estate.prefix, settings: [{ name: 'containerInsights', value: 'enabled' }], tags },
      { parent },
    ),
  )
  const namespace = new aws.servicediscovery.PrivateDnsNamespace(
    `${name}-namespace`,
    ...transformed<aws.servicediscovery.PrivateDnsNamespaceArgs>(
      transform?.namespace,
      {
        name: namespaceName(estate),
        vpc: args.vpcId,
        description: `Tasks of ${estate.prefix} by name`,
        tags,
      },
      { parent },
    ),
  )
  return {
    cluster,
    logGroup,
    namespace,
    images: { runner: repository('runner'), pooler: repository('pgbouncer') },
  }
}

/** `howdah serve`, with a name that Prometheus finds it by. */
function registerServe(
  name: string,
  args: RunnerArgs,
  task: RegisteredTask,
  place: { readonly cluster: aws.ecs.Cluster; readonly namespaceId: pulumi.Input<string> },
  parent: pulumi.Resource,
): aws.ecs.Service {
  const discovery = registerDiscovery(
    `${name}-discovery`,
    {
      estate: args.estate,
      service: 'runner',
      description: 'Metrics of the runner, for Prometheus',
      namespaceId: place.namespaceId,
    },
    args.transform?.discovery,
    parent,
  )
  return registerService(
    `${name}-serve-service`,
    { ...args, task, cluster: place.cluster, discovery },
    args.transform?.service,
    parent,
  )
}
