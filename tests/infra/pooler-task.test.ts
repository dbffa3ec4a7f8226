import { describe, expect, test } from 'vitest'
import { containerOf } from '../harness/ecs-containers.ts'
import { permissions, tooWide, trusts } from '../harness/iam-policies.ts'
import { ACCOUNT, KEY, LOGS_KEY, secretArn } from './programs/estates.ts'
import { PGBOUNCER, standingPooler } from './programs/poolers.ts'

describe('a task of PgBouncer', () => {
  test('the container writes to memory alone, is not root, and gets its time to drain', async () => {
    const run = await standingPooler()
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
    const run = await standingPooler()
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
    const run = await standingPooler()
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
    const run = await standingPooler()
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
})
