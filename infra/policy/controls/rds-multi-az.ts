import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.5, CIS 5.0.0 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp,
 * cis_v500/section_2.pp) and Control Tower (controlreference/rds-rules), read 2026-11-20.
 */
export const rdsMultiAz: Control = {
  key: 'rds-multi-az',
  ids: ['RDS.5', 'CIS 5.0.0/2.2.4', 'CT.RDS.PR.1'],
  title: 'RDS DB instances should be configured with multiple Availability Zones',
  severity: 'medium',
  remedy: '`multiAz: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(instance, 'multiAz', value => value === true, 'has no standby in another zone'),
  ),
  mutant: setting(DB_INSTANCE, { multiAz: false }, isPrimary),
  enforcement: waivedOnDev('a standby doubles the price of an instance that nobody depends on'),
  exceptions: [
    {
      reason:
        'a read replica is itself a further copy, and its loss stops no write; Security Hub finds it nevertheless: suppress it there',
      covers: isReplica,
    },
  ],
}
