import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.17 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20.
 */
export const rdsTagsCopied: Control = {
  key: 'rds-tags-copied',
  ids: ['RDS.17', 'CT.RDS.PR.10'],
  title: 'RDS DB instances should be configured to copy tags to snapshots',
  severity: 'low',
  remedy: '`copyTagsToSnapshot: true`',
  ...eachOf([DB_INSTANCE], instance =>
    must(instance, 'copyTagsToSnapshot', value => value === true, 'copyTagsToSnapshot is not true'),
  ),
  mutant: setting(DB_INSTANCE, { copyTagsToSnapshot: false }),
  enforcement: everywhere,
}
