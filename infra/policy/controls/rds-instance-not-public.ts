import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.2, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), read 2026-11-20. Said aloud, since RDS's own default depends on the VPC.
 */
export const rdsInstanceNotPublic: Control = {
  key: 'rds-instance-not-public',
  ids: ['RDS.2', 'CIS 3.0.0/2.3.3', 'CIS 5.0.0/2.2.3'],
  title: 'RDS DB instances should prohibit public access, determined by the PubliclyAccessible configuration',
  severity: 'critical',
  remedy: '`publiclyAccessible: false`',
  ...eachOf([DB_INSTANCE], instance =>
    must(instance, 'publiclyAccessible', value => value === false, 'publiclyAccessible is not false'),
  ),
  mutant: setting(DB_INSTANCE, { publiclyAccessible: true }),
  enforcement: everywhere,
}
