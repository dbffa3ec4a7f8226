import * as aws from '@pulumi/aws'
import type { CustomResourceOptions, Input } from '@pulumi/pulumi'
import { transformed } from '../transform.ts'
import type { BackupsArgs } from './backups-args.ts'
import type { GenerationRule } from './plan-rules.ts'

/** Minutes until a job that could not start is given up, and until one that runs is. AWS wants an hour at least; a copy to another region takes long. */
const START_WITHIN_MINUTES = 60
const COMPLETE_WITHIN_MINUTES = 12 * 60

export interface PlanSettings {
  readonly name: string
  readonly args: BackupsArgs
  readonly rules: readonly GenerationRule[]
  readonly vault: aws.backup.Vault
  readonly copyTo: readonly Input<string>[]
  readonly role: aws.iam.Role
}

/** The plan and what it applies to: the instance, as long as it has the tag. Of other stacks' instances with the same tag the ARN says nothing, nor of replicas. */
export function createPlan(settings: PlanSettings, options: CustomResourceOptions): aws.backup.Plan {
  const { name, args } = settings
  const { estate, transform = {} } = args
  const plan = new aws.backup.Plan(
    `${name}-plan`,
    ...transformed(
      transform.plan,
      {
        name: `${estate.prefix}-backups`,
        region: estate.region,
        rules: settings.rules.map(rule => planRule(rule, settings)),
        tags: estate.tags,
      },
      options,
    ),
  )
  new aws.backup.Selection(
    `${name}-selection`,
    ...transformed(
      transform.selection,
      {
        name: `${estate.prefix}-instances`,
        region: estate.region,
        planId: plan.id,
        iamRoleArn: settings.role.arn,
        resources: [args.instance.arn],
        conditions: [
          {
            stringEquals: [{ key: `aws:ResourceTag/${args.selectedTag.key}`, value: args.selectedTag.value }],
          },
        ],
      },
      options,
    ),
  )
  return plan
}

function planRule(rule: GenerationRule, settings: PlanSettings): aws.types.input.backup.PlanRule {
  const lifecycle = { deleteAfter: rule.keepDays }
  const copies = rule.copied
    ? settings.copyTo.map(destinationVaultArn => ({ destinationVaultArn, lifecycle }))
    : []
  return {
    ruleName: rule.name,
    targetVaultName: settings.vault.name,
    schedule: rule.schedule,
    scheduleExpressionTimezone: 'Etc/UTC',
    startWindow: START_WITHIN_MINUTES,
    completionWindow: COMPLETE_WITHIN_MINUTES,
    enableContinuousBackup: rule.continuous,
    lifecycle,
    recoveryPointTags: { ...settings.args.estate.tags, generation: rule.name },
    ...(copies.length > 0 && { copyActions: copies }),
  }
}
