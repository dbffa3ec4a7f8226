import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { isPublic, statementsAt } from './policy-documents.ts'
import { UNKNOWN } from './registered.ts'
import { KMS_KEY } from './resource-types.ts'

/** Source: Security Hub, KMS.5; AWS Config rule kms-key-policy-no-public-access, read 2026-11-20. */
export const kmsNotPublic: Control = {
  key: 'kms-not-public',
  ids: ['KMS.5'],
  title: 'KMS keys should not be publicly accessible',
  severity: 'critical',
  remedy: 'principals by name in the key policy; `*` only under a condition on the account or the source',
  ...eachOf([KMS_KEY], key => {
    const statements = statementsAt(key, 'policy')
    if (statements === UNKNOWN) return [untold(key, 'policy is not known before the update')]
    return statements?.some(isPublic) ? [violation(key, 'its policy allows everybody')] : []
  }),
  mutant: adding(KMS_KEY, {
    enableKeyRotation: true,
    policy: JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }],
    }),
  }),
  enforcement: everywhere,
}
