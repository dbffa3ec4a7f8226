import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, mustBeGiven } from './inspections.ts'
import { adding } from './mutations.ts'
import { DB_BACKUPS_REPLICATION, DB_SNAPSHOT_COPY } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.4 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), read 2026-11-20. A snapshot
 * is encrypted as its instance is (RDS.3); what goes to another region is encrypted with the key that is named there.
 */
export const rdsSnapshotEncrypted: Control = {
  key: 'rds-snapshot-encrypted',
  ids: ['RDS.4'],
  title: 'RDS cluster snapshots and database snapshots should be encrypted at rest',
  severity: 'medium',
  remedy: '`kmsKeyId` of a key in the region of the copy',
  ...eachOf([DB_SNAPSHOT_COPY, DB_BACKUPS_REPLICATION], copy =>
    mustBeGiven(copy, 'kmsKeyId', 'has no key of its own'),
  ),
  mutant: adding(DB_BACKUPS_REPLICATION, { sourceDbInstanceArn: 'arn:aws:rds:eu-central-1:1:db:example' }),
  enforcement: everywhere,
}
