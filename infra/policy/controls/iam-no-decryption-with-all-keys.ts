import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { IAM_POLICY, IAM_ROLE_POLICY } from './resource-types.ts'

const DECRYPTION: readonly string[] = ['kms:decrypt', 'kms:reencryptfrom', 'kms:reencrypt*', 'kms:*']

/**
 * Source: Security Hub, KMS.1 and KMS.2 (turbot/steampipe-mod-aws-compliance, foundational_security/kms.pp), read 2026-11-20: the
 * one for managed, the other for inline policies.
 */
export const iamNoDecryptionWithAllKeys: Control = {
  key: 'iam-no-decryption-with-all-keys',
  ids: ['KMS.1', 'KMS.2'],
  title: 'IAM policies should not allow decryption actions on all KMS keys',
  severity: 'medium',
  remedy: 'the ARN of the key as the resource',
  ...eachOf([IAM_POLICY, IAM_ROLE_POLICY], policy => {
    const statements = statementsAt(policy, 'policy')
    if (statements === UNKNOWN) return [untold(policy, 'policy is not known before the update')]
    const broad = statements?.some(
      ({ effect, actions, resources }) =>
        effect === 'Allow' &&
        actions.some(action => DECRYPTION.includes(action.toLowerCase())) &&
        resources.some(resource => resource === '*' || /^arn:aws:kms:[^:]*:[^:]*:key\/\*$/.test(resource)),
    )
    return broad ? [violation(policy, 'may decrypt with every key')] : []
  }),
  mutant: adding(IAM_ROLE_POLICY, {
    policy: JSON.stringify({ Statement: { Effect: 'Allow', Action: ['kms:Decrypt'], Resource: '*' } }),
  }),
  enforcement: everywhere,
}
