import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.3, and the CIS benchmarks (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp,
 * cis_v300/section_2.pp, cis_v500/section_2.pp), read 2026-11-20. A replica in the region of its source is encrypted as that
 * is; one in another region needs a key of that region.
 */
export const rdsInstanceEncrypted: Control = {
  key: 'rds-instance-encrypted',
  ids: ['RDS.3', 'CIS 3.0.0/2.3.1', 'CIS 5.0.0/2.2.1'],
  title: 'RDS DB instances should have encryption at rest enabled',
  severity: 'medium',
  remedy: '`storageEncrypted: true`; a replica in another region: `kmsKeyId` of a key there',
  ...eachOf([DB_INSTANCE], instance => {
    if (!isReplica(instance))
      return must(instance, 'storageEncrypted', value => value === true, 'storageEncrypted is not true')
    if (instance.inputs.storageEncrypted === false) return [violation(instance, 'storageEncrypted is false')]
    const elsewhere = isSet(instance.inputs.region) && !isSet(instance.inputs.kmsKeyId)
    return elsewhere ? [violation(instance, 'is a replica in another region without a key there')] : []
  }),
  mutant: setting(DB_INSTANCE, { storageEncrypted: false }, isPrimary),
  enforcement: everywhere,
}
