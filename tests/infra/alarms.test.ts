import { describe, expect, test } from 'vitest'
import { RefusedSetting } from '../../infra/components/refused-setting.ts'
import { ACCOUNT } from '../harness/pulumi-facts.ts'
import type { Registration } from '../harness/pulumi-registrations.ts'
import { ALARM, ALL, PRIMARY, registered, registeredAll, TOPIC } from './programs/alarms.ts'
import { PRODUCTION } from './programs/estates.ts'

const RULE = 'aws:cloudwatch/eventRule:EventRule'

interface Statement {
  readonly Sid: string
  readonly Effect: string
  readonly Principal: unknown
  readonly Action: unknown
  readonly Resource: unknown
  readonly Condition?: unknown
}

const statementsOf = (registration: Registration): readonly Statement[] =>
  JSON.parse(String(registration.inputs.policy)).Statement

describe('alarms', () => {
  test('each is about its instance, tells the topic of its level when it is bad and when it is good again', async () => {
    const run = await registeredAll()
    const page = run.only(TOPIC, 'alarms-page').outputs.arn
    expect(run.only(ALARM, 'alarms-primary-memory-page')).toMatchObject({
      parent: run.only('howdah:aws:Alarms').urn,
      inputs: {
        name: 'shop-prod-primary-memory-page',
        namespace: 'AWS/RDS',
        metricName: 'FreeableMemory',
        dimensions: { DBInstanceIdentifier: 'shop-prod-1' },
        comparisonOperator: 'LessThanThreshold',
        threshold: 858_993_000,
        statistic: 'Average',
        period: 60,
        evaluationPeriods: 5,
        datapointsToAlarm: 5,
        treatMissingData: 'missing',
        alarmActions: [page, `arn:aws:sns:eu-central-1:${ACCOUNT}:pager`],
        okActions: [page, `arn:aws:sns:eu-central-1:${ACCOUNT}:pager`],
        alarmDescription: expect.stringMatching(/\. FreeableMemory < 858993000, for 5 minutes\.$/),
        tags: PRODUCTION.tags,
      },
    })
    expect(run.only(ALARM, 'alarms-primary-memory-warn').inputs.alarmActions).toEqual([
      run.only(TOPIC, 'alarms-warn').outputs.arn,
    ])
  })

  test('a replica of another region is watched there, and tells topics of that region alone', async () => {
    const run = await registeredAll()
    const lag = run.only(ALARM, 'alarms-recovery-replica-lag-page')
    expect(lag.inputs).toMatchObject({
      region: 'eu-west-1',
      dimensions: { DBInstanceIdentifier: 'shop-prod-1-recovery' },
      threshold: 900,
      treatMissingData: 'breaching',
      alarmActions: [run.only(TOPIC, 'alarms-eu-west-1-page').outputs.arn],
    })
    expect(run.only(ALARM, 'alarms-replica-1-replica-lag-page').inputs).toMatchObject({
      region: 'eu-central-1',
      threshold: 300,
    })
  })

  test('deadlocks are asked of Insights by resource id, ages made of moments', async () => {
    const run = await registeredAll()
    expect(run.only(ALARM, 'alarms-primary-deadlocks-warn').inputs.metricQueries).toEqual([
      {
        id: 'e1',
        label: 'deadlocks',
        expression: "DB_PERF_INSIGHTS('RDS', 'db-ABC', 'db.Concurrency.deadlocks.avg')",
        period: 60,
        returnData: true,
      },
    ])
    const age = run.only(ALARM, 'alarms-runner-verified-age-page').inputs
    expect(age).toMatchObject({ threshold: 1_296_000, treatMissingData: 'breaching' })
    expect(age.metricQueries).toMatchObject([
      {
        id: 'm1',
        metric: {
          namespace: 'Howdah',
          metricName: 'howdah_backup_last_verified_timestamp_seconds',
          dimensions: { cluster: 'shop-prod' },
        },
        returnData: false,
      },
      { id: 'e1', expression: 'EPOCH(m1) - m1', returnData: true },
    ])
    expect(age).not.toHaveProperty('metricName')
  })

  test.each([
    [
      'alarms-target-pooler-unhealthy-warn',
      'AWS/NetworkELB',
      { LoadBalancer: 'net/shop-prod/0123', TargetGroup: 'targetgroup/shop-prod/4567' },
    ],
    ['alarms-service-pooler-tasks-page', 'AWS/ECS', { ClusterName: 'shop-prod', ServiceName: 'pooler' }],
    ['alarms-vault-backup-age-page', 'AWS/Backup', { BackupVaultName: 'shop-prod-backups' }],
  ])('%s is of %s', async (name, namespace, dimensions) => {
    const run = await registeredAll()
    expect(run.only(ALARM, name).inputs).toMatchObject({ namespace, dimensions })
  })

  test('a proxy is watched in place of poolers', async () => {
    const run = await registered({ ...ALL, pooler: { kind: 'rds-proxy', proxyName: 'shop-prod' } })
    expect(run.only(ALARM, 'alarms-proxy-proxy-pinned-warn').inputs).toMatchObject({
      namespace: 'AWS/RDS',
      metricName: 'DatabaseConnectionsCurrentlySessionPinned',
      dimensions: { ProxyName: 'shop-prod' },
      threshold: 50,
    })
    expect(run.of(ALARM).filter(({ name }) => name.includes('pooler'))).toEqual([])
  })

  test('what is not there is not watched: one instance and no more', async () => {
    const run = await registered({
      estate: { ...PRODUCTION, recoveryRegion: undefined },
      accountId: ACCOUNT,
      primary: PRIMARY,
      cloudTrail: false,
    })
    expect(run.of(ALARM).filter(({ name }) => !name.startsWith('alarms-primary-'))).toEqual([])
    expect(run.of(TOPIC).map(({ name }) => name)).toEqual(['alarms-page', 'alarms-warn'])
    expect(run.of(RULE).map(({ name }) => name)).toEqual(['alarms-backup-failed', 'alarms-instance-grave'])
  })

  test('a class of unknown size is refused before anything is registered', async () => {
    const unknown = { ...PRIMARY, instanceClass: 'db.z9.huge' }
    const refusal = await registered({ ...ALL, primary: unknown }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RefusedSetting)
    expect(refusal).toMatchObject({ setting: 'howdah:database.instanceClass' })
    await expect(
      registered({ ...ALL, replicas: [{ ...unknown, key: 'replica-1', rpoSeconds: 300 }] }),
    ).rejects.toMatchObject({ setting: 'howdah:replicas.instanceClass' })
  })

  test('the component tells the names of all of them, and no two are alike', async () => {
    const run = await registeredAll()
    const names = run.of(ALARM).map(({ inputs }) => String(inputs.name))
    expect(new Set(names).size).toBe(names.length)
    expect(run.only('howdah:aws:Alarms').outputs.alarmNames).toEqual(names.toSorted())
  })
})

describe('topics', () => {
  test('each region has two under a key of its own, which the services that send may use', async () => {
    const run = await registeredAll()
    expect(run.of(TOPIC).map(({ name, inputs }) => [name, inputs.region, inputs.name])).toEqual([
      ['alarms-eu-west-1-page', 'eu-west-1', 'shop-prod-page'],
      ['alarms-eu-west-1-warn', 'eu-west-1', 'shop-prod-warn'],
      ['alarms-page', 'eu-central-1', 'shop-prod-page'],
      ['alarms-warn', 'eu-central-1', 'shop-prod-warn'],
    ])
    const key = run.only('aws:kms/key:Key', 'alarms-key')
    expect(key.inputs).toMatchObject({ enableKeyRotation: true, region: 'eu-central-1' })
    expect(run.only(TOPIC, 'alarms-page').inputs.kmsMasterKeyId).toBe(key.outputs.arn)
    expect(run.only(TOPIC, 'alarms-eu-west-1-page').inputs.kmsMasterKeyId).toBe(
      run.only('aws:kms/key:Key', 'alarms-eu-west-1-key').outputs.arn,
    )
    expect(statementsOf(key).at(1)).toMatchObject({
      Principal: {
        Service: [
          'backup.amazonaws.com',
          'cloudwatch.amazonaws.com',
          'events.amazonaws.com',
          'events.rds.amazonaws.com',
        ],
      },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    })
  })

  test('only alarms, rules, RDS and AWS Backup of this account may publish, and only by TLS', async () => {
    const run = await registeredAll()
    const policy = (name: string) => statementsOf(run.only('aws:sns/topicPolicy:TopicPolicy', name))
    const page = policy('alarms-page-policy')
    const arn = run.only(TOPIC, 'alarms-page').outputs.arn
    expect(page.map(({ Sid }) => Sid)).toEqual(['Alarms', 'Rules', 'TlsOnly'])
    expect(policy('alarms-warn-policy').map(({ Sid }) => Sid)).toEqual([
      'Alarms',
      'Rules',
      'InstanceEvents',
      'VaultEvents',
      'TlsOnly',
    ])
    for (const statement of page) expect(statement).toMatchObject({ Action: 'sns:Publish', Resource: arn })
    expect(page[0]?.Condition).toEqual({
      StringEquals: { 'aws:SourceAccount': ACCOUNT },
      ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:eu-central-1:${ACCOUNT}:alarm:shop-prod-*` },
    })
    expect(page[1]?.Condition).toEqual({
      ArnLike: { 'aws:SourceArn': `arn:aws:events:eu-central-1:${ACCOUNT}:rule/shop-prod-*` },
    })
    for (const each of [...page, ...policy('alarms-warn-policy')].filter(({ Effect }) => Effect === 'Allow'))
      expect(each.Condition).toBeDefined()
  })

  test('names of alarms and rules are those the policies let in', async () => {
    const run = await registeredAll()
    for (const { inputs } of [...run.of(ALARM), ...run.of(RULE)]) expect(inputs.name).toMatch(/^shop-prod-/)
  })

  test('subscribers hear their level, in every region', async () => {
    const run = await registeredAll()
    expect(
      run
        .of('aws:sns/topicSubscription:TopicSubscription')
        .map(({ name, inputs }) => [name, inputs.endpoint]),
    ).toEqual([
      ['alarms-eu-west-1-page-pager', 'https://pager.example.org/shop'],
      ['alarms-eu-west-1-warn-team', 'team@example.org'],
      ['alarms-page-pager', 'https://pager.example.org/shop'],
      ['alarms-warn-team', 'team@example.org'],
    ])
  })
})
