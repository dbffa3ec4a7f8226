import { describe, expect, test } from 'vitest'
import type { Registration } from '../harness/pulumi-registrations.ts'
import { registeredAll, TOPIC } from './programs/alarms.ts'

const RULE = 'aws:cloudwatch/eventRule:EventRule'
const TARGET = 'aws:cloudwatch/eventTarget:EventTarget'
const SUBSCRIPTION = 'aws:rds/eventSubscription:EventSubscription'

const patternOf = (registration: Registration) => JSON.parse(String(registration.inputs.eventPattern))

describe('events', () => {
  test.each([
    ['RDS.20', 'db-instance', ['maintenance', 'configuration change', 'failure']],
    ['RDS.21', 'db-parameter-group', ['configuration change']],
    ['RDS.22', 'db-security-group', ['configuration change', 'failure']],
  ])('%s: %s', async (_, sourceType, categories) => {
    const run = await registeredAll()
    const found = run.of(SUBSCRIPTION).filter(({ inputs }) => inputs.sourceType === sourceType)
    expect(found.map(({ inputs }) => inputs.region)).toEqual(['eu-west-1', 'eu-central-1'])
    for (const { inputs } of found) {
      expect(inputs).toMatchObject({ enabled: true, eventCategories: expect.arrayContaining(categories) })
      expect(inputs).not.toHaveProperty('sourceIds')
    }
  })

  test('jobs of AWS Backup that fail warn, whatever their kind calls it', async () => {
    const run = await registeredAll()
    const failed = ['ABORTED', 'EXPIRED', 'FAILED', 'PARTIAL']
    expect(patternOf(run.only(RULE, 'alarms-backup-failed'))).toEqual({
      source: ['aws.backup'],
      'detail-type': ['Backup Job State Change', 'Copy Job State Change', 'Restore Job State Change'],
      detail: { $or: [{ state: failed }, { status: failed }] },
    })
    expect(run.only(TARGET, 'alarms-backup-failed-target').inputs.arn).toBe(
      run.only(TOPIC, 'alarms-warn').outputs.arn,
    )
  })

  test('the vault tells of copies that failed and of continuous backups that were interrupted', async () => {
    const run = await registeredAll()
    expect(run.only('aws:backup/vaultNotifications:VaultNotifications')).toMatchObject({
      deleteBeforeReplace: true,
      inputs: {
        backupVaultName: 'shop-prod-backups',
        backupVaultEvents: ['CONTINUOUS_BACKUP_INTERRUPTED', 'COPY_JOB_FAILED'],
        snsTopicArn: run.only(TOPIC, 'alarms-warn').outputs.arn,
        region: 'eu-central-1',
      },
    })
  })

  test('nobody subscribes to a topic before it lets them publish', async () => {
    const run = await registeredAll()
    const policy = (name: string) => run.only('aws:sns/topicPolicy:TopicPolicy', name).urn
    const early = run.of(SUBSCRIPTION).filter(({ dependencies, inputs }) => {
      const place = inputs.region === 'eu-west-1' ? 'alarms-eu-west-1' : 'alarms'
      return !dependencies.includes(policy(`${place}-warn-policy`))
    })
    expect(early).toEqual([])
  })

  test('a full disk, one that cannot grow and a failed instance page, each region for its own instances', async () => {
    const run = await registeredAll()
    const sources = (name: string) => patternOf(run.only(RULE, name)).detail.SourceIdentifier
    expect(sources('alarms-instance-grave')).toEqual(['shop-prod-1', 'shop-prod-1-replica-1'])
    expect(sources('alarms-eu-west-1-instance-grave')).toEqual(['shop-prod-1-recovery'])
    expect(run.only(TARGET, 'alarms-eu-west-1-instance-grave-target').inputs.arn).toBe(
      run.only(TOPIC, 'alarms-eu-west-1-page').outputs.arn,
    )
  })

  test('who takes a protection away pages somebody in each region, where there is a trail to see it', async () => {
    const run = await registeredAll()
    expect(patternOf(run.only(RULE, 'alarms-deletion-protection'))).toEqual({
      source: ['aws.rds'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['rds.amazonaws.com'],
        eventName: ['ModifyDBInstance'],
        requestParameters: { deletionProtection: [false] },
      },
    })
    const tampering = ['automated-backups', 'deletion-protection', 'key-deletion', 'vault-protection']
    for (const region of ['', 'eu-west-1-'])
      for (const key of tampering)
        expect(run.only(TARGET, `alarms-${region}${key}-target`).inputs.arn).toBe(
          run.only(TOPIC, `alarms-${region}page`).outputs.arn,
        )
  })
})
