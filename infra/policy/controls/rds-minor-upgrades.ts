import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.13, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), Control Tower (controlreference/rds-rules), read 2026-11-20.
 */
export const rdsMinorUpgrades: Control = {
  key: 'rds-minor-upgrades',
  ids: ['RDS.13', 'CIS 3.0.0/2.3.2', 'CIS 5.0.0/2.2.2', 'CT.RDS.PR.5'],
  title: 'RDS automatic minor version upgrades should be enabled',
  severity: 'high',
  remedy: '`autoMinorVersionUpgrade: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(instance, 'autoMinorVersionUpgrade', value => value === true, 'autoMinorVersionUpgrade is not true'),
  ),
  mutant: setting(DB_INSTANCE, { autoMinorVersionUpgrade: false }),
  enforcement: everywhere,
}
