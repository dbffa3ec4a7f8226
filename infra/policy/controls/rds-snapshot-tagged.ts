import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf } from './inspections.ts'
import { adding } from './mutations.ts'
import { DB_SNAPSHOT, DB_SNAPSHOT_COPY } from './resource-types.ts'
import { tagged } from './tags.ts'

/** Source: Security Hub's tagging standard, RDS.32, reference of this project §1.3, read 2026-11-20. */
export const rdsSnapshotTagged: Control = {
  key: 'rds-snapshot-tagged',
  ids: ['RDS.32'],
  title: 'RDS DB snapshots should be tagged',
  severity: 'low',
  remedy: '`tags` of the estate',
  ...eachOf([DB_SNAPSHOT, DB_SNAPSHOT_COPY], tagged),
  mutant: adding(DB_SNAPSHOT, { dbInstanceIdentifier: 'example' }),
  enforcement: everywhere,
}
