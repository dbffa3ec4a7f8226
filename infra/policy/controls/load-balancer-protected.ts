import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { LOAD_BALANCER } from './resource-types.ts'

/**
 * Source: Security Hub, ELB.6, since 2024 for network load balancers, too (turbot/steampipe-mod-aws-compliance,
 * foundational_security/elb.pp), read 2026-11-20.
 */
export const loadBalancerProtected: Control = {
  key: 'load-balancer-protected',
  ids: ['ELB.6'],
  title: 'Application, Gateway, and Network Load Balancers should have deletion protection enabled',
  severity: 'medium',
  remedy: '`enableDeletionProtection: true`',
  ...eachOf([LOAD_BALANCER], balancer =>
    must(
      balancer,
      'enableDeletionProtection',
      value => value === true,
      'enableDeletionProtection is not true',
    ),
  ),
  mutant: setting(LOAD_BALANCER, { enableDeletionProtection: false }),
  enforcement: waivedOnDev('`pulumi destroy` is how a development stack ends'),
}
