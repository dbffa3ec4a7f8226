import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.10 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20.
 */
export const rdsIamAuthentication: Control = {
  key: 'rds-iam-authentication',
  ids: ['RDS.10', 'CT.RDS.PR.7'],
  title: 'IAM authentication should be configured for RDS instances',
  severity: 'medium',
  remedy: '`iamDatabaseAuthenticationEnabled: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(
      instance,
      'iamDatabaseAuthenticationEnabled',
      value => value === true,
      'nobody can sign in by IAM: iamDatabaseAuthenticationEnabled is not true',
    ),
  ),
  mutant: setting(DB_INSTANCE, { iamDatabaseAuthenticationEnabled: false }),
  enforcement: everywhere,
}
