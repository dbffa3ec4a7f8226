import { advisoryOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, listOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { DB_INSTANCE } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.9 and RDS.36 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp) and Control Tower
 * (controlreference/rds-rules), read 2026-11-20. RDS.9 wants both logs of PostgreSQL, RDS.36 `postgresql` by default.
 */
export const rdsLogsExported: Control = {
  key: 'rds-logs-exported',
  ids: ['RDS.9', 'RDS.36', 'CT.RDS.PR.14'],
  title: 'RDS DB instances should publish logs to CloudWatch Logs',
  severity: 'medium',
  remedy: "`enabledCloudwatchLogsExports: ['postgresql', 'upgrade']`",
  ...eachOf([DB_INSTANCE], instance =>
    must(
      instance,
      'enabledCloudwatchLogsExports',
      exports => ['postgresql', 'upgrade'].every(log => listOf(exports).includes(log)),
      'does not publish the logs postgresql and upgrade',
    ),
  ),
  mutant: setting(DB_INSTANCE, { enabledCloudwatchLogsExports: ['upgrade'] }),
  enforcement: advisoryOnDev('the log of upgrades is of use where upgrades are planned'),
}
