import { describe, expect, test } from 'vitest'
import { TASK_NAMES } from '../../infra/components/runner/runner.ts'
import { taskKind } from '../../infra/components/runner/tasks.ts'
import { verbNames } from '../../runner/names.ts'
import { containerOf } from '../harness/ecs-containers.ts'
import { permissions, tooWide, trusts } from '../harness/iam-policies.ts'
import { type Registered, registrationsOf } from '../harness/pulumi-registrations.ts'
import { transformsOf } from '../harness/pulumi-transforms.ts'
import { ACCOUNT, DEVELOPMENT, KEY, LOGS_KEY, PRODUCTION, secretArn } from './programs/estates.ts'
import { INSTANCE, RUNNER, runner } from './programs/runners.ts'

const TASK_DEFINITION = 'aws:ecs/taskDefinition:TaskDefinition'
const CLUSTER = `arn:aws:ecs:eu-central-1:${ACCOUNT}:cluster/shop-prod`
const TASKS = `arn:aws:ecs:eu-central-1:${ACCOUNT}:task/shop-prod/*`

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

/** The program as it stands, run once for all who look at it. */
let stands: Promise<Registered> | undefined
const standing = () => {
  stands ??= registrationsOf(() => runner())
  return stands
}

const rolesOf = (run: Registered, task: string) =>
  [`${task}-execution`, `${task}-task`].map(name => run.only('aws:iam/role:Role', name).outputs.arn)

describe('the runner in the cloud', () => {
  test('every resource has a name of its own, lies below the component and has the tags of the estate', async () => {
    const run = await standing()
    expect(children(run)).toEqual([
      'runner-backup-execution: Role',
      'runner-backup-execution: RolePolicy',
      'runner-backup-schedule: Role',
      'runner-backup-schedule: RolePolicy',
      'runner-backup-schedule: Schedule',
      'runner-backup-task: Role',
      'runner-backup: TaskDefinition',
      'runner-ci: OpenIdConnectProvider',
      'runner-ci: Role',
      'runner-ci: RolePolicy',
      'runner-cluster: Cluster',
      'runner-discovery: Service',
      'runner-logs: LogGroup',
      'runner-migrate-deploy-execution: Role',
      'runner-migrate-deploy-execution: RolePolicy',
      'runner-migrate-deploy-task: Role',
      'runner-migrate-deploy: TaskDefinition',
      'runner-namespace: PrivateDnsNamespace',
      'runner-pgbouncer-images-lifecycle: LifecyclePolicy',
      'runner-pgbouncer-images: Repository',
      'runner-publish: Role',
      'runner-publish: RolePolicy',
      'runner-runner-images-lifecycle: LifecyclePolicy',
      'runner-runner-images: Repository',
      'runner-schedules: ScheduleGroup',
      'runner-serve-execution: Role',
      'runner-serve-execution: RolePolicy',
      'runner-serve-service: Service',
      'runner-serve-task: Role',
      'runner-serve-task: RolePolicy',
      'runner-serve: TaskDefinition',
      'runner-setup-access-execution: Role',
      'runner-setup-access-execution: RolePolicy',
      'runner-setup-access-task: Role',
      'runner-setup-access-task: RolePolicy',
      'runner-setup-access: TaskDefinition',
    ])
    const component = run.only('howdah:aws:Runner')
    for (const { parent, custom } of run.registrations) if (custom) expect(parent).toBe(component.urn)
    const untagged = run.registrations.filter(({ custom, inputs }) => custom && inputs.tags === undefined)
    // What has no tags at AWS.
    expect([...new Set(untagged.map(({ type }) => type.split(':').at(-1)))].sort()).toEqual([
      'LifecyclePolicy',
      'RolePolicy',
      'Schedule',
    ])
    for (const { inputs } of run.registrations) {
      if (inputs.tags !== undefined) expect(inputs.tags).toMatchObject(PRODUCTION.tags)
    }
  })

  test('images are encrypted, scanned as they arrive, never exchanged behind a tag, and old ones go', async () => {
    const run = await standing()
    const repositories = run.of('aws:ecr/repository:Repository')
    expect(repositories.map(({ inputs }) => inputs.name)).toEqual(['shop-prod/pgbouncer', 'shop-prod/runner'])
    for (const { inputs } of repositories) {
      expect(inputs).toMatchObject({
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: RUNNER.imagesKeyArn }],
        forceDelete: false,
      })
    }
    const policies = run.of('aws:ecr/lifecyclePolicy:LifecyclePolicy')
    expect(policies).toHaveLength(2)
    for (const { inputs } of policies) {
      const { rules } = JSON.parse(String(inputs.policy)) as { rules: { selection: object }[] }
      expect(rules.map(({ selection }) => selection)).toEqual([
        { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
        { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
      ])
    }
    const dev = await registrationsOf(() => runner({ estate: DEVELOPMENT }))
    expect(dev.of('aws:ecr/repository:Repository').map(({ inputs }) => inputs.forceDelete)).toEqual([
      true,
      true,
    ])
  })

  test.each([
    ['1.4.2', `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop-prod/runner:1.4.2`],
    [
      `sha256:${'a'.repeat(64)}`,
      `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop-prod/runner@sha256:${'a'.repeat(64)}`,
    ],
    ['registry.example/howdah@sha256:1', 'registry.example/howdah@sha256:1'],
  ])('image %s is a version of its repository, or a reference of another', async (image, reference) => {
    const run = await registrationsOf(() => runner({ image }))
    expect(containerOf(run.only(TASK_DEFINITION, 'runner-serve')).image).toBe(reference)
  })

  test('the cluster counts what its containers use', async () => {
    const run = await standing()
    expect(run.only('aws:ecs/cluster:Cluster').inputs).toMatchObject({
      name: 'shop-prod',
      settings: [{ name: 'containerInsights', value: 'enabled' }],
    })
  })

  test('each verb has a family, a command, and secrets that no other can read', async () => {
    const run = await standing()
    const found = run.of(TASK_DEFINITION).map(definition => {
      const { command, secrets } = containerOf(definition)
      return [definition.inputs.family, command?.join(' '), secrets.map(({ valueFrom }) => valueFrom)]
    })
    expect(found).toEqual([
      ['shop-prod-runner-backup', 'backup', [`${secretArn('reader')}:url::`]],
      ['shop-prod-runner-migrate-deploy', 'migrate deploy', [`${secretArn('migrator')}:url::`]],
      ['shop-prod-runner-serve', 'serve', [`${secretArn('monitor')}:url::`]],
      ['shop-prod-runner-setup-access', 'setup access', [`${secretArn('owner')}:url::`]],
    ])
    for (const [task, role] of [
      ['backup', 'reader'],
      ['migrate-deploy', 'migrator'],
      ['serve', 'monitor'],
      ['setup-access', 'owner'],
    ] as const) {
      const statements = permissions(run, `runner-${task}-execution`)
      expect(statements.find(({ sid }) => sid === 'ReadSecrets')?.resources).toEqual([secretArn(role)])
      expect(statements.find(({ sid }) => sid === 'WriteLogs')?.resources).toEqual([
        `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/howdah/shop-prod-runner:log-stream:${task}/*`,
      ])
    }
  })

  test('no container is root, writes to its image, or has a password in its environment', async () => {
    const run = await standing()
    for (const definition of run.of(TASK_DEFINITION)) {
      const container = containerOf(definition)
      expect(container).toMatchObject({
        name: 'howdah',
        user: '10001:10001',
        readonlyRootFilesystem: true,
        stopTimeout: 120,
        environment: [{ name: 'HOWDAH_LOG_FORMAT', value: 'json' }],
        linuxParameters: { capabilities: { drop: ['ALL'] }, tmpfs: [{ containerPath: '/tmp', size: 64 }] },
      })
      expect(definition.inputs).toMatchObject({ networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] })
    }
  })

  test('a migration waits for its log to be taken, what measures does not', async () => {
    const run = await standing()
    const mode = (name: string) => {
      const { logConfiguration } = containerOf(run.only(TASK_DEFINITION, name)) as unknown as {
        logConfiguration: { options: Record<string, string> }
      }
      return logConfiguration.options.mode
    }
    expect(mode('runner-migrate-deploy')).toBe('blocking')
    expect(mode('runner-serve')).toBe('non-blocking')
    expect(run.only('aws:cloudwatch/logGroup:LogGroup').inputs).toMatchObject({
      name: '/howdah/shop-prod-runner',
      kmsKeyId: LOGS_KEY,
      retentionInDays: 90,
    })
  })

  test('a task that asked for it has a disk, and the others the one that is free of charge', async () => {
    const run = await standing()
    const backup = run.only(TASK_DEFINITION, 'runner-backup')
    expect(backup.inputs).toMatchObject({
      ephemeralStorage: { sizeInGib: 100 },
      volumes: [{ name: 'scratch' }],
    })
    expect(containerOf(backup).mountPoints).toEqual([
      { sourceVolume: 'scratch', containerPath: '/scratch', readOnly: false },
    ])
    const serve = run.only(TASK_DEFINITION, 'runner-serve')
    expect(serve.inputs).not.toHaveProperty('ephemeralStorage')
    expect(containerOf(serve).mountPoints).toEqual([])
  })

  test('serve always runs, once, without a public address, and Prometheus finds it by name', async () => {
    const run = await registrationsOf(() => ({ host: runner().metricsHost }))
    const service = run.only('aws:ecs/service:Service')
    expect(service.inputs).toMatchObject({
      name: 'shop-prod-runner-serve',
      desiredCount: 1,
      launchType: 'FARGATE',
      deploymentCircuitBreaker: { enable: true, rollback: true },
      enableExecuteCommand: false,
      networkConfiguration: {
        assignPublicIp: false,
        securityGroups: ['sg-0runner'],
        subnets: RUNNER.subnetIds,
      },
    })
    expect(service.inputs.taskDefinition).toBe(run.only(TASK_DEFINITION, 'runner-serve').outputs.arn)
    expect(containerOf(run.only(TASK_DEFINITION, 'runner-serve'))).toMatchObject({
      portMappings: [{ containerPort: 9187 }],
      healthCheck: { command: ['CMD', 'node', '/opt/howdah/runner/health-check.js'] },
    })
    expect(run.outputs.host).toBe('runner.shop-prod.internal')
    expect(run.only('aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace').inputs.name).toBe(
      'shop-prod.internal',
    )
    expect(run.only('aws:servicediscovery/service:Service').inputs.name).toBe('runner')
  })

  test('before the first image there is everything but what would start it', async () => {
    const run = await registrationsOf(() => runner({ started: false }))
    expect(run.of('aws:ecs/service:Service')).toEqual([])
    expect(run.only('aws:scheduler/schedule:Schedule').inputs.state).toBe('DISABLED')
    expect(run.of(TASK_DEFINITION)).toHaveLength(4)
  })

  test('only what AWS has no ARN for is allowed on everything: tokens of the registry, look-ups of families, metrics', async () => {
    const run = await standing()
    expect([...new Set(tooWide(permissions(run)).map(text => text.split(' ').slice(1).join(' ')))]).toEqual([
      'SignInToRegistry: ecr:GetAuthorizationToken',
      'FindContainer: ecs:DescribeTaskDefinition',
      'ReadMetrics: cloudwatch:GetMetricData, rds:DescribePendingMaintenanceActions',
    ])
    expect(permissions(run, 'runner-serve-task')).toMatchObject([
      { sid: 'LookAtInstances', actions: ['rds:DescribeDBInstances'], resources: [INSTANCE] },
      { sid: 'ReadMetrics' },
    ])
    const secrets = [secretArn('migrator'), secretArn('reader')]
    const through = { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } }
    expect(permissions(run, 'runner-setup-access-task')).toMatchObject([
      { actions: ['secretsmanager:GetSecretValue'], resources: secrets },
      { actions: ['kms:Decrypt'], resources: [KEY], condition: through },
      { actions: ['secretsmanager:PutSecretValue'], resources: secrets },
      { actions: ['kms:GenerateDataKey'], resources: [KEY], condition: through },
    ])
  })

  test('it can be previewed before anything is there', async () => {
    const run = await registrationsOf(() => runner(), { dryRun: true })
    expect(children(run)).toHaveLength(36)
  })

  test.each([
    [
      'howdah:runner.vcpus, howdah:runner.memoryMib',
      { tasks: { serve: { ...RUNNER.tasks.serve, size: { cpu: 1024, memoryMib: 1024 } } } },
    ],
    [
      'howdah:runner.ciRepository',
      { ci: { repository: 'shop', environments: ['prod'], refs: [], tasks: [] } },
    ],
    ['howdah:runner.ciRefs', { ci: { repository: 'example/shop', environments: [], refs: [], tasks: [] } }],
    [
      'howdah:runner.ciRepository',
      { ci: { repository: 'example/shop', environments: ['prod'], refs: [], tasks: ['rotateCredentials'] } },
    ],
  ] as const)('what cannot be is refused by the name of its setting: %s %j', async (setting, change) => {
    expect(await refusalOf(() => runner(change as Parameters<typeof runner>[0]))).toContain(`${setting}: `)
  })

  test('each resource can be changed by whoever runs the platform', async () => {
    const changed = transformsOf([
      'repository',
      'lifecyclePolicy',
      'cluster',
      'namespace',
      'logGroup',
      'discovery',
      'service',
      'scheduleGroup',
      'ciProvider',
      'ciRole',
      'ciPolicy',
      'publishRole',
      'publishPolicy',
      'executionRole',
      'executionPolicy',
      'taskRole',
      'taskPolicy',
      'taskDefinition',
      'scheduleRole',
      'schedulePolicy',
      'schedule',
    ])
    const tasks = Object.fromEntries(
      Object.entries(RUNNER.tasks).map(([name, task]) => [name, { ...task, transform: changed.transform }]),
    )
    const run = await registrationsOf(() => runner({ tasks, transform: changed.transform }))
    expect(changed.missed(run)).toEqual([])
  })
})

describe('a schedule', () => {
  test('starts its own task and no other, as that task, from the private subnets', async () => {
    const run = await standing()
    const definition = run.only(TASK_DEFINITION, 'runner-backup')
    expect(run.only('aws:scheduler/schedule:Schedule').inputs).toMatchObject({
      name: 'shop-prod-runner-backup',
      groupName: 'shop-prod-runner',
      scheduleExpression: 'cron(30 4 * * ? *)',
      scheduleExpressionTimezone: 'UTC',
      target: {
        arn: CLUSTER,
        ecsParameters: {
          taskDefinitionArn: definition.outputs.arn,
          launchType: 'FARGATE',
          taskCount: 1,
          networkConfiguration: { assignPublicIp: false, securityGroups: ['sg-0runner'] },
        },
      },
    })
    expect(permissions(run, 'runner-backup-schedule')).toMatchObject([
      {
        actions: ['ecs:RunTask'],
        resources: [`${definition.outputs.arnWithoutRevision}:*`],
        condition: { ArnEquals: { 'ecs:cluster': CLUSTER } },
      },
      {
        actions: ['ecs:TagResource'],
        resources: [TASKS],
        condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      },
      {
        actions: ['iam:PassRole'],
        resources: rolesOf(run, 'runner-backup'),
        condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ])
    expect(trusts(run, 'runner-backup-schedule')).toMatchObject([
      {
        principal: { Service: 'scheduler.amazonaws.com' },
        condition: {
          StringEquals: {
            'aws:SourceAccount': ACCOUNT,
            'aws:SourceArn': run.only('aws:scheduler/scheduleGroup:ScheduleGroup').outputs.arn,
          },
        },
      },
    ])
  })

  test('is off for a verb that the runner does not have, since it would fail every night', async () => {
    const schedule = { expression: 'rate(1 day)', timezone: 'UTC' }
    const tasks = Object.fromEntries(
      TASK_NAMES.map(name => [name, { ...RUNNER.tasks.migrateDeploy, schedule }]),
    ) as typeof RUNNER.tasks
    const run = await registrationsOf(() => runner({ tasks }))
    const states = Object.fromEntries(
      run.of('aws:scheduler/schedule:Schedule').map(({ inputs }) => [inputs.name, inputs.state]),
    )
    for (const name of TASK_NAMES) {
      const { suffix, command } = taskKind(name)
      const known = verbNames().includes(command.join(' '))
      expect(states).toHaveProperty(`shop-prod-runner-${suffix}`, known ? 'ENABLED' : 'DISABLED')
    }
    expect(states['shop-prod-runner-migrate-deploy']).toBe('ENABLED')
  })

  test('there is no group of schedules without one', async () => {
    const run = await registrationsOf(() =>
      runner({ tasks: { migrateDeploy: RUNNER.tasks.migrateDeploy } as typeof RUNNER.tasks }),
    )
    expect(run.of('aws:scheduler/scheduleGroup:ScheduleGroup')).toEqual([])
  })
})

describe('CI', () => {
  const ISSUER = 'token.actions.githubusercontent.com'

  test('is let in by the token of its repository and environment, and by nothing else', async () => {
    const run = await standing()
    const provider = run.only('aws:iam/openIdConnectProvider:OpenIdConnectProvider')
    expect(provider.inputs).toMatchObject({ url: `https://${ISSUER}`, clientIdLists: ['sts.amazonaws.com'] })
    expect(trusts(run, 'runner-ci')).toEqual([
      {
        of: 'runner-ci',
        sid: 'WorkflowsOfRepository',
        actions: ['sts:AssumeRoleWithWebIdentity'],
        resources: [],
        principal: { Federated: provider.outputs.arn },
        condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
            [`${ISSUER}:sub`]: ['repo:example/shop:environment:prod'],
          },
        },
      },
    ])
  })

  test('by a branch, where its jobs name no environment, and through the provider that the account has', async () => {
    const providerArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`
    const ci = {
      ...RUNNER.ci,
      repository: 'example/shop',
      environments: [],
      refs: ['refs/heads/main'],
      tasks: ['migrateDeploy' as const],
      providerArn,
    }
    const run = await registrationsOf(() => runner({ ci }))
    expect(run.of('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([])
    const [trust] = trusts(run, 'runner-ci')
    expect(trust?.principal).toEqual({ Federated: providerArn })
    expect(trust?.condition.StringEquals?.[`${ISSUER}:sub`]).toEqual([
      'repo:example/shop:ref:refs/heads/main',
    ])
  })

  test('may start, watch and stop migrations, pass their two roles and read their log, and nothing else', async () => {
    const run = await standing()
    const definition = run.only(TASK_DEFINITION, 'runner-migrate-deploy')
    expect(permissions(run, 'runner-ci')).toEqual([
      {
        of: 'runner-ci',
        sid: 'RunTask',
        actions: ['ecs:RunTask'],
        resources: [`arn:aws:ecs:eu-central-1:${ACCOUNT}:task-definition/shop-prod-runner-migrate-deploy:*`],
        condition: { ArnEquals: { 'ecs:cluster': CLUSTER } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'TagTaskAsItStarts',
        actions: ['ecs:TagResource'],
        resources: [TASKS],
        condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'PassRolesOfTask',
        actions: ['iam:PassRole'],
        resources: rolesOf(run, 'runner-migrate-deploy'),
        condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'WatchAndStopTask',
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [TASKS],
        condition: {
          ArnEquals: { 'ecs:cluster': CLUSTER },
          StringEquals: { 'aws:ResourceTag/howdah:task': ['shop-prod-runner-migrate-deploy'] },
        },
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'FindContainer',
        actions: ['ecs:DescribeTaskDefinition'],
        resources: ['*'],
        condition: {},
        principal: {},
      },
      {
        of: 'runner-ci',
        sid: 'ReadLogs',
        actions: ['logs:GetLogEvents'],
        resources: [
          `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/howdah/shop-prod-runner:log-stream:migrate-deploy/*`,
        ],
        condition: {},
        principal: {},
      },
    ])
    // Its tasks are known by this tag, which they have from their definition.
    expect(definition.inputs.tags).toMatchObject({ 'howdah:task': 'shop-prod-runner-migrate-deploy' })
  })

  test('brings images as another role, which can do nothing else', async () => {
    const run = await standing()
    const [trust] = trusts(run, 'runner-publish')
    expect(trust?.condition.StringEquals?.[`${ISSUER}:sub`]).toEqual([
      'repo:example/shop:ref:refs/heads/main',
    ])
    expect(permissions(run, 'runner-publish')).toMatchObject([
      { sid: 'SignInToRegistry', actions: ['ecr:GetAuthorizationToken'] },
      {
        sid: 'BringImages',
        resources: ['runner', 'pgbouncer'].map(
          image => `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/shop-prod/${image}`,
        ),
      },
    ])
    const actions = permissions(run, 'runner-publish').flatMap(statement => statement.actions)
    expect(actions.filter(action => !action.startsWith('ecr:') || /Delete|Policy|Tag/.test(action))).toEqual(
      [],
    )
  })

  test('has no way in where no repository is named', async () => {
    const { ci: _, ...without } = RUNNER
    const run = await registrationsOf(async () => {
      const { Runner } = await import('../../infra/components/runner/runner.ts')
      return { role: new Runner('runner', without).ciRoleArn === undefined }
    })
    expect(run.of('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([])
    expect(run.outputs.role).toBe(true)
  })

  test('is told what `howdah ecs run` needs, none of which is secret', async () => {
    const run = await registrationsOf(() => {
      const { target, ciRoleArn, repositories } = runner()
      return { target, ciRoleArn, repositories }
    })
    expect(run.outputs.target).toEqual({
      region: 'eu-central-1',
      cluster: 'shop-prod',
      subnets: RUNNER.subnetIds,
      securityGroups: ['sg-0runner'],
      logGroup: '/howdah/shop-prod-runner',
      container: 'howdah',
      families: {
        serve: 'shop-prod-runner-serve',
        migrateDeploy: 'shop-prod-runner-migrate-deploy',
        setupAccess: 'shop-prod-runner-setup-access',
        backup: 'shop-prod-runner-backup',
      },
      logPrefixes: {
        serve: 'serve',
        migrateDeploy: 'migrate-deploy',
        setupAccess: 'setup-access',
        backup: 'backup',
      },
      propagateTags: 'TASK_DEFINITION',
    })
    expect(run.outputs.ciRoleArn).toBe(run.only('aws:iam/role:Role', 'runner-ci').outputs.arn)
    expect(run.secretOutputPaths).toEqual([])
  })
})
