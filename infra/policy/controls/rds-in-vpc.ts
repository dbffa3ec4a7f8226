import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, mustBeGiven } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.18 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. A replica in the region of its source goes into that one's subnet group.
 */
export const rdsInVpc: Control = {
  key: 'rds-in-vpc',
  ids: ['RDS.18', 'CT.RDS.PR.11'],
  title: 'RDS instances should be deployed in a VPC',
  severity: 'high',
  remedy: '`dbSubnetGroupName` of a group of our own',
  ...eachOf([DB_INSTANCE], instance => {
    const inherits = isReplica(instance) && !isSet(instance.inputs.region)
    if (inherits && !isSet(instance.inputs.dbSubnetGroupName)) return []
    return mustBeGiven(instance, 'dbSubnetGroupName', 'has no subnet group')
  }),
  mutant: setting(DB_INSTANCE, { dbSubnetGroupName: undefined }, isPrimary),
  enforcement: everywhere,
}
