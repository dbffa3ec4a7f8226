import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_SUBNET_GROUP } from './resource-types.ts'
import { tagged } from './tags.ts'

/** Source: Security Hub's tagging standard, RDS.33, reference of this project §1.3, read 2026-11-20. */
export const rdsSubnetGroupTagged: Control = {
  key: 'rds-subnet-group-tagged',
  ids: ['RDS.33'],
  title: 'RDS DB subnet groups should be tagged',
  severity: 'low',
  remedy: '`tags` of the estate',
  ...eachOf([DB_SUBNET_GROUP], tagged),
  mutant: setting(DB_SUBNET_GROUP, { tags: undefined }),
  enforcement: everywhere,
}
