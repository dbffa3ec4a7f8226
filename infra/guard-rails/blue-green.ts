import { type GuardRail, when } from './guard-rail.ts'

/** A switchover leaves replicas with the old instance, and the provider does not make new ones (hashicorp/terraform-provider-aws#33702). */
export const blueGreen: GuardRail = ({ settings: { database, replicas } }) => {
  if (!database.blueGreenUpdate) return []
  return [
    ...when(
      replicas.count > 0 || replicas.recovery,
      'howdah:database.blueGreenUpdate',
      'cannot be with replicas, which would stay with the old instance: set howdah:replicas.count to 0 and howdah:replicas.recovery to false first',
    ),
    ...when(
      database.source.kind === 'replica',
      'howdah:database.blueGreenUpdate',
      'cannot be on an instance that follows another',
    ),
    ...when(
      database.backupRetentionDays === 0,
      'howdah:database.blueGreenUpdate',
      'needs automated backups: set howdah:database.backupRetentionDays to 1 at least',
    ),
  ]
}
