import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { IAM_POLICY, IAM_ROLE_POLICY } from './resource-types.ts'

/**
 * Source: Security Hub, IAM.21 (turbot/steampipe-mod-aws-compliance, foundational_security/iam.pp), read 2026-11-20. Here for
 * inline policies, too.
 */
export const iamNoServiceWildcard: Control = {
  key: 'iam-no-service-wildcard',
  ids: ['IAM.21'],
  title: 'IAM customer managed policies that you create should not allow wildcard actions for services',
  severity: 'low',
  remedy: 'the actions that are needed, by name',
  ...eachOf([IAM_POLICY, IAM_ROLE_POLICY], policy => {
    const statements = statementsAt(policy, 'policy')
    if (statements === UNKNOWN) return [untold(policy, 'policy is not known before the update')]
    const wild = (statements ?? []).flatMap(({ effect, actions }) =>
      effect === 'Allow' ? actions.filter(action => /^[a-z0-9-]+:\*$/i.test(action)) : [],
    )
    return wild.length > 0 ? [violation(policy, `allows ${wild.join(', ')}`)] : []
  }),
  mutant: adding(IAM_ROLE_POLICY, {
    policy: JSON.stringify({
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::example/*' },
    }),
  }),
  enforcement: everywhere,
}
