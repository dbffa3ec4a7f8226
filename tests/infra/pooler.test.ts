import { describe, expect, test } from 'vitest'
import type { PgBouncerArgs } from '../../infra/components/pooler/pooler.ts'
import { children, refusalOf } from '../harness/pulumi-children.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { transformsOf } from '../harness/pulumi-transforms.ts'
import { DEVELOPMENT, PRODUCTION } from './programs/estates.ts'
import { PGBOUNCER, pgBouncer, standingPooler } from './programs/poolers.ts'

describe('PgBouncer on Fargate', () => {
  test('every resource has a name of its own, lies below the component and has the tags of the estate', async () => {
    const run = await standingPooler()
    expect(children(run)).toEqual([
      'pooler-discovery: Service',
      'pooler-listener: Listener',
      'pooler-load-balancer: LoadBalancer',
      'pooler-logs: LogGroup',
      'pooler-scaling-policy: Policy',
      'pooler-scaling-target: Target',
      'pooler-service: Service',
      'pooler-targets: TargetGroup',
      'pooler-task-execution: Role',
      'pooler-task-execution: RolePolicy',
      'pooler-task-task: Role',
      'pooler-task: TaskDefinition',
    ])
    const component = run.only('howdah:aws:Pooler')
    for (const { parent, custom } of run.registrations) if (custom) expect(parent).toBe(component.urn)
    const untagged = run.registrations.filter(({ custom, inputs }) => custom && inputs.tags === undefined)
    // These two have no tags at AWS.
    expect(untagged.map(({ name }) => name).sort()).toEqual([
      'pooler-scaling-policy',
      'pooler-task-execution',
    ])
    for (const { inputs } of run.registrations) {
      if (inputs.tags !== undefined) expect(inputs.tags).toMatchObject(PRODUCTION.tags)
    }
  })

  test('a load balancer within the VPC passes TCP through to tasks by their addresses, and keeps their connections while they end', async () => {
    const run = await standingPooler()
    const balancer = run.only('aws:lb/loadBalancer:LoadBalancer')
    expect(balancer.inputs).toMatchObject({
      loadBalancerType: 'network',
      internal: true,
      enableDeletionProtection: true,
      enableCrossZoneLoadBalancing: true,
      securityGroups: ['sg-0balancer'],
      subnets: PGBOUNCER.subnetIds,
    })
    const targets = run.only('aws:lb/targetGroup:TargetGroup')
    expect(targets.inputs).toMatchObject({
      protocol: 'TCP',
      port: 6432,
      targetType: 'ip',
      deregistrationDelay: 120,
      connectionTermination: false,
      preserveClientIp: 'true',
      healthCheck: { protocol: 'TCP', port: 'traffic-port' },
      targetHealthStates: [{ enableUnhealthyConnectionTermination: false }],
    })
    expect(run.only('aws:lb/listener:Listener').inputs).toMatchObject({
      protocol: 'TCP',
      port: 6432,
      tcpIdleTimeoutSeconds: 350,
      loadBalancerArn: balancer.outputs.arn,
      defaultActions: [{ type: 'forward', targetGroupArn: targets.outputs.arn }],
    })
  })

  test('the service never has fewer tasks than wanted, goes back by itself, and gives none a public address', async () => {
    const run = await standingPooler()
    const service = run.only('aws:ecs/service:Service')
    expect(service.inputs).toMatchObject({
      name: 'shop-prod-pooler',
      desiredCount: 3,
      launchType: 'FARGATE',
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: 'ENABLED',
      enableExecuteCommand: false,
      waitForSteadyState: true,
      networkConfiguration: {
        assignPublicIp: false,
        securityGroups: ['sg-0pooler'],
        subnets: PGBOUNCER.subnetIds,
      },
      loadBalancers: [{ containerName: 'pgbouncer', containerPort: 6432 }],
    })
    const registries = service.inputs.serviceRegistries as { registryArn: string }
    expect(registries.registryArn).toBe(run.only('aws:servicediscovery/service:Service').outputs.arn)
    // Without its listener ECS refuses the target group; without its policy no task starts.
    expect(service.dependencies).toContain(run.only('aws:lb/listener:Listener').urn)
    expect(service.dependencies).toContain(run.only('aws:iam/rolePolicy:RolePolicy').urn)
  })

  test('each task is named with its own address, for as long as it is well', async () => {
    const run = await registrationsOf(() => {
      const { consoles } = pgBouncer()
      return { consoles }
    })
    expect(run.only('aws:servicediscovery/service:Service').inputs).toMatchObject({
      name: 'pooler',
      dnsConfig: {
        namespaceId: PGBOUNCER.namespaceId,
        routingPolicy: 'MULTIVALUE',
        dnsRecords: [{ type: 'A', ttl: 5 }],
      },
      healthCheckCustomConfig: { failureThreshold: 1 },
    })
    expect(run.outputs.consoles).toEqual({ host: 'pooler.shop-prod.internal', port: 6432 })
  })

  test('it grows by its processors, and an update does not take back what it grew to', async () => {
    const run = await standingPooler()
    const service = run.only('aws:ecs/service:Service')
    expect(service.ignoreChanges).toEqual(['desiredCount'])
    expect(run.only('aws:appautoscaling/target:Target').inputs).toMatchObject({
      resourceId: 'service/shop-prod/shop-prod-pooler',
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: 3,
      maxCapacity: 4,
    })
    expect(run.only('aws:appautoscaling/policy:Policy').inputs).toMatchObject({
      policyType: 'TargetTrackingScaling',
      targetTrackingScalingPolicyConfiguration: {
        targetValue: 60,
        scaleInCooldown: 900,
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    })
    const fixed = await registrationsOf(() => pgBouncer({ maximumTasks: 3 }))
    expect(fixed.of('aws:appautoscaling/target:Target')).toEqual([])
    expect(fixed.only('aws:ecs/service:Service').ignoreChanges).toEqual([])
  })

  test('before the first image and the first password there is everything but the service', async () => {
    const run = await registrationsOf(() => {
      const { host, metrics } = pgBouncer({ started: false })
      return { host, metrics }
    })
    expect(run.of('aws:ecs/service:Service')).toEqual([])
    expect(run.of('aws:appautoscaling/target:Target')).toEqual([])
    expect(run.of('aws:ecs/taskDefinition:TaskDefinition')).toHaveLength(1)
    expect(run.outputs.host).toBe(run.only('aws:lb/loadBalancer:LoadBalancer').outputs.dnsName)
    expect(run.outputs.metrics).not.toHaveProperty('serviceName')
  })

  test('alarms are told which load balancer, targets and service to look at', async () => {
    const run = await registrationsOf(() => ({ metrics: pgBouncer().metrics }))
    expect(run.outputs.metrics).toEqual({
      kind: 'pgbouncer',
      loadBalancer: run.only('aws:lb/loadBalancer:LoadBalancer').outputs.arnSuffix,
      targetGroup: run.only('aws:lb/targetGroup:TargetGroup').outputs.arnSuffix,
      clusterName: 'shop-prod',
      serviceName: 'shop-prod-pooler',
      tasks: 3,
    })
    expect(run.outputs.metrics).toMatchObject({ loadBalancer: expect.stringMatching(/^net\//) })
  })

  test('it can be previewed before anything is there', async () => {
    const run = await registrationsOf(() => pgBouncer(), { dryRun: true })
    expect(children(run)).toHaveLength(12)
  })

  const SIZE = 'howdah:pooler.vcpus, howdah:pooler.memoryMib'
  test.each<[string, string, Partial<PgBouncerArgs>]>([
    ['two tasks in production', 'howdah:pooler.tasks', { tasks: 2 }],
    ['fewer at most than always', 'howdah:pooler.maxTasks', { maximumTasks: 2 }],
    ['more while a deployment rolls than DNS names', 'howdah:pooler.maxTasks', { maximumTasks: 5 }],
    ['a deployment without room for a new task', 'howdah:pooler.surgePercent', { maximumPercent: 133 }],
    ['more processes than vCPUs', 'howdah:pooler.vcpus', { processes: 3 }],
    ['a vCPU and a half', SIZE, { size: { cpu: 1536, memoryMib: 4096 }, processes: 1 }],
    ['too little memory for two vCPUs', SIZE, { size: { cpu: 2048, memoryMib: 2048 } }],
    ['memory between two steps', SIZE, { size: { cpu: 256, memoryMib: 1536 }, processes: 1 }],
  ])('%s is refused by the name of the setting, %s', async (_what, setting, change) => {
    expect(await refusalOf(() => pgBouncer(change))).toContain(`${setting}: `)
  })

  test('one task is enough where nobody depends on it', async () => {
    const run = await registrationsOf(() => pgBouncer({ estate: DEVELOPMENT, tasks: 1, maximumTasks: 1 }))
    expect(run.only('aws:ecs/service:Service').inputs.desiredCount).toBe(1)
  })

  test('each resource can be changed by whoever runs the platform', async () => {
    const changed = transformsOf([
      'logGroup',
      'executionRole',
      'executionPolicy',
      'taskRole',
      'taskDefinition',
      'loadBalancer',
      'targetGroup',
      'listener',
      'discovery',
      'service',
      'scalingTarget',
      'scalingPolicy',
    ])
    const run = await registrationsOf(() => pgBouncer({ transform: changed.transform }))
    expect(changed.missed(run)).toEqual([])
  })
})
