import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf } from './inspections.ts'
import { setting } from './mutations.ts'
import { isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'
import { tagged } from './tags.ts'

/** Source: Security Hub's tagging standard, RDS.30, reference of this project §1.3, read 2026-11-20. */
export const rdsInstanceTagged: Control = {
  key: 'rds-instance-tagged',
  ids: ['RDS.30'],
  title: 'RDS DB instances should be tagged',
  severity: 'low',
  remedy: '`tags` of the estate',
  ...eachOf([DB_INSTANCE], tagged),
  // Of a replica, since a backup plan may select the primary by its tags.
  mutant: setting(DB_INSTANCE, { tags: { Name: 'example' } }, isReplica),
  enforcement: everywhere,
}
