import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, listOf, must } from './inspections.ts'
import { adding } from './mutations.ts'
import { DB_SNAPSHOT, DB_SNAPSHOT_COPY } from './resource-types.ts'

/** Source: Security Hub, RDS.1 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), read 2026-11-20. */
export const rdsSnapshotPrivate: Control = {
  key: 'rds-snapshot-private',
  ids: ['RDS.1'],
  title: 'RDS snapshots should be private',
  severity: 'critical',
  remedy: 'share with the numbers of accounts, never with `all`',
  ...eachOf([DB_SNAPSHOT, DB_SNAPSHOT_COPY], snapshot =>
    must(
      snapshot,
      'sharedAccounts',
      accounts => !listOf(accounts).includes('all'),
      'is shared with every account',
    ),
  ),
  mutant: adding(DB_SNAPSHOT, { sharedAccounts: ['all'], tags: { application: 'example' } }),
  enforcement: everywhere,
}
