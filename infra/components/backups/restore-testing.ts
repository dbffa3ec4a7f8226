import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, jsonStringify } from '@pulumi/pulumi'
import { transformed } from '../transform.ts'
import type { BackupsArgs, RestoreTestingArgs } from './backups-args.ts'

/** After the daily snapshot and its copies have had their time. */
const SCHEDULES: Readonly<Record<RestoreTestingArgs['everyDays'], string>> = {
  1: 'cron(0 10 * * ? *)',
  7: 'cron(0 10 ? * MON *)',
  30: 'cron(0 10 2 * ? *)',
}

export interface RestoreTestingSettings {
  readonly name: string
  readonly args: BackupsArgs
  readonly testing: RestoreTestingArgs
  readonly continuous: boolean
  readonly vault: aws.backup.Vault
  readonly role: aws.iam.Role
}

/** AWS Backup restores the newest recovery point by itself, tells whoever validates, waits for the verdict, and deletes the instance. */
export function createRestoreTesting(
  settings: RestoreTestingSettings,
  options: CustomResourceOptions,
): aws.backup.RestoreTestingPlan {
  const { name, args, testing } = settings
  const { estate, transform = {} } = args
  const awsName = `${estate.prefix.replaceAll(/[^A-Za-z0-9]/g, '_')}_restores`
  const plan = new aws.backup.RestoreTestingPlan(
    `${name}-restore-testing`,
    ...transformed(
      transform.restoreTestingPlan,
      {
        // AWS takes letters, digits and underscores alone, which a generated name would not keep to.
        name: awsName,
        region: estate.region,
        scheduleExpression: SCHEDULES[testing.everyDays],
        scheduleExpressionTimezone: 'Etc/UTC',
        startWindowHours: 4,
        recoveryPointSelection: {
          algorithm: 'LATEST_WITHIN_WINDOW',
          includeVaults: [settings.vault.arn],
          recoveryPointTypes: settings.continuous ? ['SNAPSHOT', 'CONTINUOUS'] : ['SNAPSHOT'],
          // Two days: yesterday's is there even while today's is being made; older ones prove nothing of today.
          selectionWindowDays: 2,
        },
        tags: estate.tags,
      },
      options,
    ),
  )
  new aws.backup.RestoreTestingSelection(
    `${name}-restore-testing-selection`,
    ...transformed(
      transform.restoreTestingSelection,
      {
        name: `${awsName}_instance`,
        region: estate.region,
        restoreTestingPlanName: plan.name,
        protectedResourceType: 'RDS',
        protectedResourceArns: [args.instance.arn],
        iamRoleArn: settings.role.arn,
        validationWindowHours: testing.validationWindowHours ?? 8,
        restoreMetadataOverrides: overridesOf(testing),
      },
      options,
    ),
  )
  createRestoredRule(settings, plan, options)
  return plan
}

/** By the names of AWS Backup's restore metadata; lists are JSON in it. A restored copy is never reachable from outside and has no standby. */
function overridesOf({ into, overrides }: RestoreTestingArgs) {
  return {
    dbSubnetGroupName: into.subnetGroupName,
    vpcSecurityGroupIds: jsonStringify(into.securityGroupIds),
    publiclyAccessible: 'false',
    multiAz: 'false',
    deletionProtection: 'false',
    ...(into.parameterGroupName !== undefined && { dbParameterGroupName: into.parameterGroupName }),
    ...(into.instanceClass !== undefined && { dbInstanceClass: into.instanceClass }),
    ...overrides,
  }
}

/** Restores for other reasons are jobs as well: the pattern names our plan. */
function createRestoredRule(
  settings: RestoreTestingSettings,
  plan: aws.backup.RestoreTestingPlan,
  options: CustomResourceOptions,
): void {
  const { name, args, testing } = settings
  const { estate, transform = {} } = args
  if (!testing.validation) return
  const rule = new aws.cloudwatch.EventRule(
    `${name}-restored`,
    ...transformed(
      transform.restoredRule,
      {
        name: `${estate.prefix}-restored`,
        description: 'A test restore is there and waits for its verdict.',
        region: estate.region,
        eventPattern: jsonStringify({
          source: ['aws.backup'],
          'detail-type': ['Restore Job State Change'],
          detail: { resourceType: ['RDS'], status: ['COMPLETED'], restoreTestingPlanArn: [plan.arn] },
        }),
        tags: estate.tags,
      },
      options,
    ),
  )
  new aws.cloudwatch.EventTarget(
    `${name}-restored-target`,
    ...transformed(
      transform.restoredTarget,
      { ...testing.validation, rule: rule.name, region: estate.region },
      options,
    ),
  )
}
