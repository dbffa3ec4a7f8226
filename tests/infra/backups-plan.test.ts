import { describe, expect, test } from 'vitest'
import { generationRules } from '../../infra/components/backups/plan-rules.ts'
import {
  GOLD,
  INSTANCE,
  OTHER_ACCOUNT,
  PLAN,
  RETENTION,
  registeredGold,
  THERE_KEY,
  VAULT,
} from './programs/backups.ts'

describe('the plan', () => {
  test.each<[keyof typeof RETENTION, readonly (readonly [string, number, string])[]]>([
    ['bronze', [['daily', 7, 'cron(0 3 * * ? *)']]],
    [
      'silver',
      [
        ['daily', 35, 'cron(0 3 * * ? *)'],
        ['weekly', 91, 'cron(0 4 ? * SUN *)'],
        ['monthly', 396, 'cron(0 5 1 * ? *)'],
      ],
    ],
    [
      'gold',
      [
        ['daily', 35, 'cron(0 3 * * ? *)'],
        ['weekly', 91, 'cron(0 4 ? * SUN *)'],
        ['monthly', 396, 'cron(0 5 1 * ? *)'],
        ['yearly', 2562, 'cron(0 6 1 1 ? *)'],
        ['continuous', 35, 'cron(0 7 * * ? *)'],
      ],
    ],
  ])('%s keeps its generations', (tier, expected) => {
    expect(
      generationRules(RETENTION[tier], 3).map(({ name, keepDays, schedule }) => [name, keepDays, schedule]),
    ).toEqual(expected)
  })

  test('hours go on past midnight', () => {
    expect(generationRules(RETENTION.gold, 22).map(({ schedule }) => schedule.split(' ')[1])).toEqual([
      '22',
      '23',
      '0',
      '1',
      '2',
    ])
  })

  test('every snapshot is copied to the other region and the other account, kept as long there; a continuous one is not', async () => {
    const run = await registeredGold()
    const recovery = run.only(VAULT, 'backups-recovery-vault').outputs.arn
    const rules = run.only(PLAN).inputs.rules as readonly Record<string, unknown>[]
    for (const rule of rules.filter(({ ruleName }) => ruleName !== 'continuous')) {
      expect(rule).toMatchObject({ targetVaultName: 'shop-prod-backups', enableContinuousBackup: false })
      expect(rule.copyActions).toEqual(
        [recovery, OTHER_ACCOUNT].map(destinationVaultArn => ({
          destinationVaultArn,
          lifecycle: rule.lifecycle,
        })),
      )
      // RDS has no cold storage: a lifecycle with it fails.
      expect(rule.lifecycle).not.toHaveProperty('coldStorageAfter')
    }
    const continuous = rules.find(({ ruleName }) => ruleName === 'continuous')
    expect(continuous).toMatchObject({ enableContinuousBackup: true, lifecycle: { deleteAfter: 35 } })
    expect(continuous).not.toHaveProperty('copyActions')
  })

  test('it applies to the instance by its tag, and to no other that has it', async () => {
    const run = await registeredGold()
    expect(run.only('aws:backup/selection:Selection').inputs).toMatchObject({
      planId: run.only(PLAN).id,
      iamRoleArn: run.only('aws:iam/role:Role', 'backups-backup-role').outputs.arn,
      resources: [INSTANCE],
      conditions: [{ stringEquals: [{ key: 'aws:ResourceTag/backup-plan', value: 'shop-prod' }] }],
    })
    expect(run.only('aws:backup/selection:Selection').inputs).not.toHaveProperty('selectionTags')
  })

  test('automated backups are replicated to the recovery region under a key of that region', async () => {
    const run = await registeredGold()
    expect(
      run.only('aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication'),
    ).toMatchObject({
      // What was copied outlives its replication, which another retention replaces.
      protect: false,
      deleteBeforeReplace: true,
      inputs: {
        region: 'eu-west-1',
        sourceDbInstanceArn: INSTANCE,
        kmsKeyId: THERE_KEY,
        retentionPeriod: 14,
      },
    })
  })
})

describe('restores by way of test', () => {
  test('the newest recovery point is restored into our own network, where nobody reaches it from outside', async () => {
    const run = await registeredGold()
    const plan = run.only('aws:backup/restoreTestingPlan:RestoreTestingPlan')
    expect(plan.inputs).toMatchObject({
      name: 'shop_prod_restores',
      scheduleExpression: 'cron(0 10 ? * MON *)',
      recoveryPointSelection: {
        algorithm: 'LATEST_WITHIN_WINDOW',
        includeVaults: [run.only(VAULT, 'backups-vault').outputs.arn],
        recoveryPointTypes: ['SNAPSHOT', 'CONTINUOUS'],
      },
    })
    expect(run.only('aws:backup/restoreTestingSelection:RestoreTestingSelection').inputs).toMatchObject({
      name: 'shop_prod_restores_instance',
      restoreTestingPlanName: 'shop_prod_restores',
      protectedResourceType: 'RDS',
      protectedResourceArns: [INSTANCE],
      validationWindowHours: 8,
      restoreMetadataOverrides: {
        dbSubnetGroupName: 'shop-prod',
        vpcSecurityGroupIds: '["sg-1","sg-2"]',
        dbParameterGroupName: 'shop-prod-postgres17',
        dbInstanceClass: 'db.t4g.medium',
        publiclyAccessible: 'false',
      },
    })
  })

  test('whoever validates is told of restores of this plan, and of no other', async () => {
    const run = await registeredGold()
    const rule = run.only('aws:cloudwatch/eventRule:EventRule')
    expect(JSON.parse(String(rule.inputs.eventPattern))).toEqual({
      source: ['aws.backup'],
      'detail-type': ['Restore Job State Change'],
      detail: {
        resourceType: ['RDS'],
        status: ['COMPLETED'],
        restoreTestingPlanArn: [run.only('aws:backup/restoreTestingPlan:RestoreTestingPlan').outputs.arn],
      },
    })
    expect(run.only('aws:cloudwatch/eventTarget:EventTarget').inputs).toMatchObject({
      rule: rule.outputs.name,
      arn: GOLD.restoreTesting?.validation?.arn,
      targetId: 'verify',
    })
  })
})
