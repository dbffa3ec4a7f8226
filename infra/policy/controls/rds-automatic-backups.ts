import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { isPrimary, isReplica } from './replicas.ts'
import { DB_INSTANCE } from './resource-types.ts'

const DAYS = 7

/**
 * Source: Security Hub, RDS.11 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. Replicas are not looked at, as by default of the rule.
 */
export const rdsAutomaticBackups: Control = {
  key: 'rds-automatic-backups',
  ids: ['RDS.11', 'CT.RDS.PR.8'],
  title: 'RDS instances should have automatic backups enabled',
  severity: 'medium',
  remedy: '`backupRetentionPeriod` of 7 days or more',
  ...eachOf([DB_INSTANCE], instance =>
    isReplica(instance)
      ? []
      : must(
          instance,
          'backupRetentionPeriod',
          days => typeof days === 'number' && days >= DAYS,
          `automated backups are kept for less than ${DAYS} days`,
        ),
  ),
  mutant: setting(DB_INSTANCE, { backupRetentionPeriod: 1 }, isPrimary),
  enforcement: waivedOnDev('a day is enough to undo a mistake; seeds make the rest'),
}
