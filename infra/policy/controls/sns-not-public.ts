import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { isPublic, statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { SNS_TOPIC, SNS_TOPIC_POLICY } from './resource-types.ts'

/** Source: Security Hub, SNS.4 (turbot/steampipe-mod-aws-compliance, foundational_security/sns.pp), read 2026-11-20. */
export const snsNotPublic: Control = {
  key: 'sns-not-public',
  ids: ['SNS.4'],
  title: 'SNS topic access policies should not allow public access',
  severity: 'high',
  remedy: 'services as principals, bounded by `aws:SourceAccount`',
  ...eachOf([SNS_TOPIC_POLICY, SNS_TOPIC], resource => {
    const statements = statementsAt(resource, 'policy')
    if (statements === UNKNOWN) return [untold(resource, 'policy is not known before the update')]
    return statements?.some(isPublic) ? [violation(resource, 'anybody may publish or subscribe')] : []
  }),
  mutant: adding(SNS_TOPIC_POLICY, {
    arn: 'arn:aws:sns:eu-central-1:1:example',
    policy: JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: '*' }],
    }),
  }),
  enforcement: everywhere,
}
