import { instanceClass } from '../../runner/names.ts'
import { type GuardRail, when } from './guard-rail.ts'

/** Replicas: what they need of the primary, and what they need to take its place. */
export const replicas: GuardRail = ({ settings }) => {
  const { database, replicas, platform, backups } = settings
  const any = replicas.count > 0 || replicas.recovery
  const memory = (name: string) => instanceClass(name)?.memoryBytes ?? Number.POSITIVE_INFINITY
  const smaller = (name: string | undefined) =>
    name !== undefined && memory(name) < memory(database.instanceClass)
  return [
    ...when(
      any && database.backupRetentionDays === 0 && backups.owner === 'rds',
      'howdah:database.backupRetentionDays',
      'must be 1 at least: RDS makes replicas of instances with backups only',
    ),
    ...when(
      replicas.promotable && replicas.count > 0 && replicas.backupRetentionDays === 0,
      'howdah:replicas.backupRetentionDays',
      'must be 1 at least for a replica that can be promoted (howdah:replicas.promotable): AWS promotes none that never had a backup',
    ),
    ...when(
      replicas.recovery && replicas.backupRetentionDays === 0,
      'howdah:replicas.backupRetentionDays',
      'must be 1 at least for the replica of the recovery region, which is there to be promoted',
    ),
    ...when(
      replicas.finalSnapshot,
      'howdah:replicas.finalSnapshot',
      'must be false: AWS takes no last snapshot of a replica, and could then not delete it',
    ),
    ...when(
      platform.production && replicas.promotable && replicas.count > 0 && smaller(replicas.instanceClass),
      'howdah:replicas.instanceClass',
      `${replicas.instanceClass} is smaller than the database (${database.instanceClass}), whose place it is to take; set howdah:replicas.promotable to false if it is not`,
    ),
    ...when(
      platform.production && replicas.recovery && smaller(replicas.recoveryInstanceClass),
      'howdah:replicas.recoveryInstanceClass',
      `${replicas.recoveryInstanceClass} is smaller than the database (${database.instanceClass}), whose place it is to take`,
    ),
  ]
}
