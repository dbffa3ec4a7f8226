import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { subscriptionFor, withoutCategories } from './event-subscriptions.ts'

/** Source: Security Hub, RDS.22 (turbot/steampipe-mod-aws-compliance, foundational_security/rds.pp), read 2026-11-20. */
export const rdsSecurityGroupEvents: Control = {
  key: 'rds-security-group-events',
  ids: ['RDS.22'],
  title:
    'An RDS event notifications subscription should be configured for critical database security group events',
  severity: 'low',
  remedy: 'an `rds.EventSubscription` to `db-security-group`: configuration change, failure',
  ...subscriptionFor('db-security-group', ['configuration change', 'failure']),
  mutant: withoutCategories('db-security-group'),
  enforcement: waivedOnDev('nobody is on call for a development stack'),
}
