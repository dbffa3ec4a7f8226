import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { subscriptionFor, withoutCategories } from './event-subscriptions.ts'

/**
 * Source: Security Hub, RDS.20 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), read 2026-11-20. Security
 * Hub asks only subscriptions that exist; here there has to be one.
 */
export const rdsInstanceEvents: Control = {
  key: 'rds-instance-events',
  ids: ['RDS.20'],
  title:
    'Existing RDS event notification subscriptions should be configured for critical database instance events',
  severity: 'low',
  remedy: 'an `rds.EventSubscription` to `db-instance`: maintenance, configuration change, failure',
  ...subscriptionFor('db-instance', ['maintenance', 'configuration change', 'failure']),
  mutant: withoutCategories('db-instance'),
  enforcement: waivedOnDev('nobody is on call for a development stack'),
}
