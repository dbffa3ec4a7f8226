import { describe, expect, test } from 'vitest'
import { containerOf } from '../harness/ecs-containers.ts'
import { permissions, tooWide, trusts } from '../harness/iam-policies.ts'
import { type Registered, registrationsOf } from '../harness/pulumi-registrations.ts'
import { transformsOf } from '../harness/pulumi-transforms.ts'
import { ACCOUNT, DEVELOPMENT, KEY, LOGS_KEY, PRODUCTION, secretArn } from './programs/estates.ts'
import { PGBOUNCER, pgBouncer, RDS_PROXY, rdsProxy } from './programs/poolers.ts'

const children = (run: Registered) =>
  run.registrations
    .filter(({ custom }) => custom)
    .map(({ type, name }) => `${name}: ${type.split(':').at(-1)}`)
    .sort()

const refusalOf = async (program: () => unknown) => {
  const outcome: unknown = await registrationsOf(program).then(
    () => 'nothing was refused',
    error => error,
  )
  return outcome instanceof Error ? outcome.message : String(outcome)
}

describe('PgBouncer on Fargate', () => {
  test('every resource has a name of its own, lies below the component and has the tags of the estate', async () => {
    const run = await registrationsOf(() => pgBouncer())
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
    const run = await registrationsOf(() => pgBouncer())
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
    const run = await registrationsOf(() => pgBouncer())
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
      healthCheckCustomConfig: {},
    })
    expect(run.outputs.consoles).toEqual({ host: 'pooler.shop-prod.internal', port: 6432 })
  })

  test('the container writes to memory alone, is not root, and gets its time to drain', async () => {
    const run = await registrationsOf(() => pgBouncer())
    const definition = run.only('aws:ecs/taskDefinition:TaskDefinition')
    expect(definition.inputs).toMatchObject({
      family: 'shop-prod-pooler',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '2048',
      memory: '4096',
    })
    const container = containerOf(definition)
    expect(container).toMatchObject({
      name: 'pgbouncer',
      essential: true,
      user: '10001:10001',
      readonlyRootFilesystem: true,
      stopTimeout: 120,
      mountPoints: [],
      ulimits: [{ name: 'nofile', softLimit: 65_535, hardLimit: 65_535 }],
      healthCheck: { command: ['CMD', 'pooler-healthy'], interval: 10, retries: 3 },
      portMappings: [{ containerPort: 6432, protocol: 'tcp' }],
    })
    const { capabilities, tmpfs } = container.linuxParameters
    expect(capabilities).toEqual({ drop: ['ALL'] })
    expect(tmpfs.map(({ containerPath }) => containerPath)).toEqual(['/run/pgbouncer', '/tmp'])
    for (const { mountOptions } of tmpfs)
      expect(mountOptions).toEqual(
        expect.arrayContaining(['noexec', 'nosuid', 'nodev', 'mode=0700', 'uid=10001', 'gid=10001']),
      )
  })

  test('passwords and keys reach the container as references, and nowhere else', async () => {
    const run = await registrationsOf(() => pgBouncer())
    const { environment, secrets } = containerOf(run.only('aws:ecs/taskDefinition:TaskDefinition'))
    expect(secrets).toEqual([
      { name: 'PGBOUNCER_ADMIN_PASSWORD', valueFrom: `${secretArn('pooler-admin')}:password::` },
      { name: 'PGBOUNCER_AUTH_PASSWORD', valueFrom: `${secretArn('pooler-auth')}:password::` },
      { name: 'PGBOUNCER_STATS_PASSWORD', valueFrom: secretArn('pooler-stats') },
      { name: 'PGBOUNCER_TLS_CERT', valueFrom: `${secretArn('pooler-tls')}:certificate::` },
      { name: 'PGBOUNCER_TLS_KEY', valueFrom: `${secretArn('pooler-tls')}:key::` },
    ])
    expect(environment).toEqual([
      { name: 'PGBOUNCER_AUTH_USER', value: 'pgbouncer_auth' },
      { name: 'PGBOUNCER_INI', value: PGBOUNCER.ini },
      { name: 'PGBOUNCER_PROCESSES', value: '2' },
      { name: 'PGBOUNCER_SERVER_CA', value: '-----BEGIN CERTIFICATE-----' },
    ])
  })

  test('the role that starts tasks reads these secrets, this image and writes this log; the program itself may do nothing', async () => {
    const run = await registrationsOf(() => pgBouncer())
    expect(permissions(run).map(({ of }) => of)).toEqual(Array(5).fill('pooler-task-execution'))
    expect(permissions(run)).toMatchObject([
      { sid: 'SignInToRegistry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      { sid: 'PullImage', resources: [PGBOUNCER.imageRepositoryArn] },
      {
        sid: 'WriteLogs',
        resources: [
          `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/howdah/shop-prod-pooler:log-stream:pgbouncer/*`,
        ],
      },
      {
        sid: 'ReadSecrets',
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['pooler-auth', 'pooler-admin', 'pooler-stats', 'pooler-tls'].map(secretArn),
      },
      {
        sid: 'DecryptSecrets',
        actions: ['kms:Decrypt'],
        resources: [KEY],
        condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } },
      },
    ])
    expect(tooWide(permissions(run))).toEqual([
      'pooler-task-execution SignInToRegistry: ecr:GetAuthorizationToken',
    ])
    for (const { principal, condition } of trusts(run)) {
      expect(principal).toEqual({ Service: 'ecs-tasks.amazonaws.com' })
      expect(condition).toEqual({
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': `arn:aws:ecs:eu-central-1:${ACCOUNT}:*` },
      })
    }
  })

  test('the log is encrypted, ends, and stops nobody while CloudWatch is away', async () => {
    const run = await registrationsOf(() => pgBouncer())
    expect(run.only('aws:cloudwatch/logGroup:LogGroup').inputs).toMatchObject({
      name: '/howdah/shop-prod-pooler',
      kmsKeyId: LOGS_KEY,
      retentionInDays: 90,
    })
    const { logConfiguration } = containerOf(run.only('aws:ecs/taskDefinition:TaskDefinition'))
    expect(logConfiguration).toMatchObject({
      logDriver: 'awslogs',
      options: {
        'awslogs-group': '/howdah/shop-prod-pooler',
        'awslogs-region': 'eu-central-1',
        'awslogs-stream-prefix': 'pgbouncer',
        mode: 'non-blocking',
      },
    })
  })

  test('it grows by its processors, and an update does not take back what it grew to', async () => {
    const run = await registrationsOf(() => pgBouncer())
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

  test.each([
    ['pooler.tasks', { tasks: 2 }],
    ['pooler.maxTasks', { maximumTasks: 2 }],
    ['pooler.maxTasks', { maximumTasks: 5 }],
    ['pooler.surgePercent', { maximumPercent: 133 }],
    ['pooler.vcpus', { processes: 3 }],
    ['pooler.vcpus, pooler.memoryMib', { size: { cpu: 1536, memoryMib: 4096 }, processes: 1 }],
    ['pooler.vcpus, pooler.memoryMib', { size: { cpu: 2048, memoryMib: 2048 } }],
    ['pooler.vcpus, pooler.memoryMib', { size: { cpu: 256, memoryMib: 1536 }, processes: 1 }],
  ])('a size that cannot be is refused by the name of its setting: %s %o', async (setting, change) => {
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

describe('RDS Proxy instead', () => {
  test('it asks for TLS, reads the passwords of these roles, and lies in private subnets', async () => {
    const run = await registrationsOf(() => rdsProxy())
    expect(children(run)).toEqual([
      'pooler-logs: LogGroup',
      'pooler-proxy: Proxy',
      'pooler-role: Role',
      'pooler-role: RolePolicy',
      'pooler-target: ProxyTarget',
      'pooler-targets: ProxyDefaultTargetGroup',
    ])
    expect(run.only('aws:rds/proxy:Proxy').inputs).toMatchObject({
      name: 'shop-prod-pooler',
      engineFamily: 'POSTGRESQL',
      requireTls: true,
      debugLogging: false,
      vpcSubnetIds: RDS_PROXY.subnetIds,
      vpcSecurityGroupIds: ['sg-0balancer', 'sg-0pooler'],
      auths: ['app-a', 'app-b'].map(name => ({
        authScheme: 'SECRETS',
        secretArn: secretArn(name),
        iamAuth: 'DISABLED',
        clientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
      })),
    })
    expect(permissions(run)).toMatchObject([
      { sid: 'ReadSecrets', resources: ['app-a', 'app-b'].map(secretArn) },
      { sid: 'DecryptSecrets', resources: [KEY] },
    ])
    expect(tooWide(permissions(run))).toEqual([])
  })

  test('it lends out a share of the connections of one instance', async () => {
    const run = await registrationsOf(() => rdsProxy())
    expect(run.only('aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup').inputs).toMatchObject({
      dbProxyName: 'shop-prod-pooler',
      connectionPoolConfig: { maxConnectionsPercent: 80, connectionBorrowTimeout: 15 },
    })
    expect(run.only('aws:rds/proxyTarget:ProxyTarget').inputs).toMatchObject({
      dbInstanceIdentifier: 'shop-prod-1',
    })
  })

  test('the log that RDS would make by itself is there before, encrypted, and ends', async () => {
    const run = await registrationsOf(() => rdsProxy())
    const log = run.only('aws:cloudwatch/logGroup:LogGroup')
    expect(log.inputs).toMatchObject({
      name: '/aws/rds/proxy/shop-prod-pooler',
      kmsKeyId: LOGS_KEY,
      retentionInDays: 90,
    })
    expect(run.only('aws:rds/proxy:Proxy').dependencies).toContain(log.urn)
  })

  test('it listens on 5432 whatever port the database has, and has no console', async () => {
    const run = await registrationsOf(() => {
      const { host, port, consoles, metrics } = rdsProxy()
      return { host, port, consoles: consoles === undefined, metrics }
    })
    expect(run.outputs).toEqual({
      host: run.only('aws:rds/proxy:Proxy').outputs.endpoint,
      port: 5432,
      consoles: true,
      metrics: { kind: 'rds-proxy', proxyName: 'shop-prod-pooler' },
    })
  })

  test('each resource can be changed by whoever runs the platform', async () => {
    const changed = transformsOf(['logGroup', 'role', 'policy', 'proxy', 'targetGroup', 'target'])
    const run = await registrationsOf(() => rdsProxy({ transform: changed.transform }))
    expect(changed.missed(run)).toEqual([])
  })
})
