import { arn, idFrom } from './arn.ts'
import type { ResourceModel } from './resource-model.ts'

/** Containers: clusters, tasks, images, schedules, scaling. */
export const COMPUTE: Readonly<Record<string, ResourceModel>> = {
  'aws:ecs/cluster:Cluster': {
    name: 'name',
    id: ({ region, account, name }) => `arn:aws:ecs:${region}:${account}:cluster/${name}`,
    arn: ({ id }) => id,
    replaces: ['name'],
  },
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders': {
    id: idFrom('clusterName'),
    replaces: ['clusterName'],
  },
  'aws:ecs/taskDefinition:TaskDefinition': {
    id: idFrom('family'),
    arn: arn('ecs', ({ inputs }) => `task-definition/${inputs.family}:1`),
    outputs: ({ region, account, inputs }) => ({
      revision: 1,
      arnWithoutRevision: `arn:aws:ecs:${region}:${account}:task-definition/${inputs.family}`,
    }),
    // Every change makes a new revision, which the provider carries out as a replacement.
    replaces: [
      'containerDefinitions',
      'cpu',
      'ephemeralStorage',
      'executionRoleArn',
      'family',
      'ipcMode',
      'memory',
      'networkMode',
      'pidMode',
      'placementConstraints',
      'proxyConfiguration',
      'requiresCompatibilities',
      'runtimePlatform',
      'taskRoleArn',
      'volumes',
    ],
  },
  'aws:ecs/service:Service': {
    name: 'name',
    id: ({ region, account, name, inputs }) =>
      `arn:aws:ecs:${region}:${account}:service/${String(inputs.cluster).split('/').at(-1)}/${name}`,
    arn: ({ id }) => id,
    replaces: [
      'cluster',
      'deploymentController',
      'launchType',
      'name',
      'placementStrategy',
      'schedulingStrategy',
    ],
  },
  'aws:ecr/repository:Repository': {
    name: 'name',
    arn: arn('ecr', ({ name }) => `repository/${name}`),
    outputs: ({ account, region, name }) => ({
      registryId: account,
      repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    }),
    replaces: ['encryptionConfigurations', 'name'],
  },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': {
    id: idFrom('repository'),
    outputs: ({ account }) => ({ registryId: account }),
    replaces: ['policy', 'repository'],
  },
  'aws:ecr/repositoryPolicy:RepositoryPolicy': {
    id: idFrom('repository'),
    outputs: ({ account }) => ({ registryId: account }),
    replaces: ['repository'],
  },
  'aws:ecr/replicationConfiguration:ReplicationConfiguration': { replaces: [] },
  'aws:scheduler/schedule:Schedule': {
    name: 'name',
    id: ({ inputs, name }) => `${inputs.groupName ?? 'default'}/${name}`,
    arn: arn('scheduler', ({ id }) => `schedule/${id}`),
    replaces: ['groupName', 'name', 'namePrefix'],
  },
  'aws:scheduler/scheduleGroup:ScheduleGroup': {
    name: 'name',
    arn: arn('scheduler', ({ name }) => `schedule-group/${name}`),
    replaces: ['name', 'namePrefix'],
  },
  'aws:appautoscaling/target:Target': {
    id: idFrom('resourceId'),
    arn: arn('application-autoscaling', ({ hex }) => `scalable-target/${hex(20)}`),
    replaces: ['resourceId', 'scalableDimension', 'serviceNamespace'],
  },
  'aws:appautoscaling/policy:Policy': {
    name: 'name',
    arn: arn('autoscaling', ({ name }) => `scalingPolicy:${name}`),
    replaces: ['name', 'resourceId', 'scalableDimension', 'serviceNamespace'],
  },
}
