import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { IAM_POLICY, IAM_ROLE_POLICY } from './resource-types.ts'

/**
 * Source: Security Hub, IAM.1 (turbot/steampipe-mod-aws-compliance, foundational_security/iam.pp), read 2026-11-20. Here for
 * inline policies, too, of which Security Hub says nothing.
 */
export const iamNoAdministrator: Control = {
  key: 'iam-no-administrator',
  ids: ['IAM.1'],
  title: "IAM policies should not allow full '*' administrative privileges",
  severity: 'high',
  remedy: 'the actions that are needed, by name',
  ...eachOf([IAM_POLICY, IAM_ROLE_POLICY], policy => {
    const statements = statementsAt(policy, 'policy')
    if (statements === UNKNOWN) return [untold(policy, 'policy is not known before the update')]
    const full = statements?.some(
      ({ effect, actions, resources }) =>
        effect === 'Allow' && actions.includes('*') && resources.includes('*'),
    )
    return full ? [violation(policy, 'allows everything')] : []
  }),
  mutant: adding(IAM_ROLE_POLICY, {
    policy: JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
  }),
  enforcement: everywhere,
}
