import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, mustBeGiven } from './inspections.ts'
import { setting } from './mutations.ts'
import { SNS_TOPIC } from './resource-types.ts'

/** Source: Security Hub, SNS.1 (turbot/steampipe-mod-aws-compliance, foundational_security/sns.pp), read 2026-11-20. */
export const snsEncrypted: Control = {
  key: 'sns-encrypted',
  ids: ['SNS.1'],
  title: 'SNS topics should be encrypted at rest using AWS KMS',
  severity: 'medium',
  remedy:
    '`kmsMasterKeyId`; with the key of AWS neither RDS nor CloudWatch can write to it, so a key of our own',
  ...eachOf([SNS_TOPIC], topic => mustBeGiven(topic, 'kmsMasterKeyId', 'is not encrypted')),
  mutant: setting(SNS_TOPIC, { kmsMasterKeyId: undefined }),
  enforcement: everywhere,
}
