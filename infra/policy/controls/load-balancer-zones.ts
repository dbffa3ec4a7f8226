import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, listOf, untold, violation } from './inspections.ts'
import { changing } from './mutations.ts'
import { UNKNOWN } from './registered.ts'
import { LOAD_BALANCER } from './resource-types.ts'

/** Source: Security Hub, ELB.13 (turbot/steampipe-mod-aws-compliance, foundational_security/elb.pp), read 2026-11-20. */
export const loadBalancerZones: Control = {
  key: 'load-balancer-zones',
  ids: ['ELB.13'],
  title: 'Application, Network, and Gateway Load Balancers should span multiple Availability Zones',
  severity: 'medium',
  remedy: '`subnets` in two zones or more',
  ...eachOf([LOAD_BALANCER], balancer => {
    const { subnets, subnetMappings } = balancer.inputs
    if (listOf(subnets).length >= 2 || listOf(subnetMappings).length >= 2) return []
    return subnets === UNKNOWN || subnetMappings === UNKNOWN
      ? [untold(balancer, 'subnets are not known before the update')]
      : [violation(balancer, 'is in a single zone')]
  }),
  mutant: changing(LOAD_BALANCER, balancer => ({
    ...balancer,
    inputs: {
      ...balancer.inputs,
      subnets: listOf(balancer.inputs.subnets).slice(0, 1),
      subnetMappings: undefined,
    },
  })),
  enforcement: everywhere,
}
