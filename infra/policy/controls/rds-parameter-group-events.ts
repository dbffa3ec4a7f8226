import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { subscriptionFor, withoutCategories } from './event-subscriptions.ts'

/** Source: Security Hub, RDS.21 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), read 2026-11-20. */
export const rdsParameterGroupEvents: Control = {
  key: 'rds-parameter-group-events',
  ids: ['RDS.21'],
  title:
    'An RDS event notifications subscription should be configured for critical database parameter group events',
  severity: 'low',
  remedy: 'an `rds.EventSubscription` to `db-parameter-group`: configuration change',
  ...subscriptionFor('db-parameter-group', ['configuration change']),
  mutant: withoutCategories('db-parameter-group'),
  enforcement: waivedOnDev('nobody is on call for a development stack'),
}
