import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must, mustBeGiven } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

const INTERVALS: readonly unknown[] = [1, 5, 10, 15, 30, 60]

/**
 * Source: Security Hub, RDS.6 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. RDS takes these intervals alone; 0 is off.
 */
export const rdsEnhancedMonitoring: Control = {
  key: 'rds-enhanced-monitoring',
  ids: ['RDS.6', 'CT.RDS.PR.2'],
  title: 'Enhanced monitoring should be configured for RDS DB instances and clusters',
  severity: 'low',
  remedy: '`monitoringInterval` of 1, 5, 10, 15, 30 or 60 seconds, and `monitoringRoleArn`',
  ...eachOf([DB_INSTANCE], instance => {
    const interval = must(
      instance,
      'monitoringInterval',
      value => INTERVALS.includes(value),
      'enhanced monitoring is off',
    )
    return interval.length > 0
      ? interval
      : mustBeGiven(instance, 'monitoringRoleArn', 'enhanced monitoring has no role')
  }),
  mutant: setting(DB_INSTANCE, { monitoringInterval: 0 }),
  enforcement: waivedOnDev('its log group costs more than the insight into a small instance is worth'),
}
