import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must } from './inspections.ts'
import { adding } from './mutations.ts'
import { KMS_KEY } from './resource-types.ts'

/**
 * Source: Security Hub, KMS.4; CIS 3.0.0 and 5.0.0, 3.6 (turbot/steampipe-mod-aws-compliance, cis_v500/section_3.pp), read
 * 2026-11-20. Asymmetric keys cannot be rotated.
 */
export const kmsRotation: Control = {
  key: 'kms-rotation',
  ids: ['KMS.4', 'CIS 3.0.0/3.6', 'CIS 5.0.0/3.6'],
  title: 'AWS KMS key rotation should be enabled',
  severity: 'medium',
  remedy: '`enableKeyRotation: true`',
  ...eachOf([KMS_KEY], key => {
    const { customerMasterKeySpec: spec, keyUsage: usage } = key.inputs
    const symmetric = !isSet(spec) || spec === 'SYMMETRIC_DEFAULT'
    const encrypts = !isSet(usage) || usage === 'ENCRYPT_DECRYPT'
    if (!symmetric || !encrypts) return []
    return must(key, 'enableKeyRotation', value => value === true, 'enableKeyRotation is not true')
  }),
  mutant: adding(KMS_KEY, { description: 'example' }),
  enforcement: everywhere,
}
