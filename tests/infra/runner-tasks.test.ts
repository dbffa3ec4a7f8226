import { describe, expect, test } from 'vitest'
import { containerOf } from '../harness/ecs-containers.ts'
import { permissions, tooWide } from '../harness/iam-policies.ts'
import { registrationsOf } from '../harness/pulumi-registrations.ts'
import { ACCOUNT, KEY, LOGS_KEY, secretArn } from './programs/estates.ts'
import { INSTANCE, RUNNER, runner, standingRunner } from './programs/runners.ts'

const TASK_DEFINITION = 'aws:ecs/taskDefinition:TaskDefinition'

describe('tasks of the runner', () => {
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

  test('each verb has a family, a command, and secrets that no other can read', async () => {
    const run = await standingRunner()
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
    const run = await standingRunner()
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
    const run = await standingRunner()
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
    const run = await standingRunner()
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

  test('only what AWS has no ARN for is allowed on everything: tokens of the registry, look-ups of families, metrics', async () => {
    const run = await standingRunner()
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

  test('every action that is allowed is one that its service has', async () => {
    const services: Readonly<Record<string, object>> = {
      cloudwatch: await import('@aws-sdk/client-cloudwatch'),
      ecs: await import('@aws-sdk/client-ecs'),
      logs: await import('@aws-sdk/client-cloudwatch-logs'),
      rds: await import('@aws-sdk/client-rds'),
      secretsmanager: await import('@aws-sdk/client-secrets-manager'),
    }
    const actions = new Set(permissions(await standingRunner()).flatMap(statement => statement.actions))
    const unknown = [...actions].filter(action => {
      const [service = '', name] = action.split(':')
      const commands = services[service]
      return commands !== undefined && !(`${name}Command` in commands)
    })
    expect(unknown).toEqual([])
    expect([...actions].filter(action => (action.split(':')[0] ?? '') in services).length).toBeGreaterThan(9)
  })
})
