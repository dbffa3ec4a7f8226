import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.8 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20.
 */
export const rdsDeletionProtection: Control = {
  key: 'rds-deletion-protection',
  ids: ['RDS.8', 'CT.RDS.PR.13'],
  title: 'RDS DB instances should have deletion protection enabled',
  severity: 'low',
  remedy: '`deletionProtection: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(instance, 'deletionProtection', value => value === true, 'deletionProtection is not true'),
  ),
  mutant: setting(DB_INSTANCE, { deletionProtection: false }),
  enforcement: waivedOnDev('`pulumi destroy` is how a development stack ends'),
}
