import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.3, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), read 2026-11-20. A replica is encrypted as its source is.
 */
export const rdsInstanceEncrypted: Control = {
  key: 'rds-instance-encrypted',
  ids: ['RDS.3', 'CIS 3.0.0/2.3.1', 'CIS 5.0.0/2.2.1'],
  title: 'RDS DB instances should have encryption at rest enabled',
  severity: 'medium',
  remedy: '`storageEncrypted: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(
      instance,
      'storageEncrypted',
      value => value === true || (value === undefined && isReplica(instance)),
      'storageEncrypted is not true',
    ),
  ),
  mutant: setting(DB_INSTANCE, { storageEncrypted: false }, isPrimary),
  enforcement: everywhere,
}
