import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, fieldOf, listOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { UNKNOWN } from './registered.ts'
import { INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE } from './resource-types.ts'

const ANYWHERE: readonly unknown[] = ['0.0.0.0/0', '::/0']

/**
 * Source: Security Hub, EC2.18 and EC2.19; CIS 3.0.0, 5.2 and 5.3, CIS 5.0.0, 5.3 and 5.4 (turbot/steampipe-mod-aws-compliance,
 * cis_v500/section_5.pp), read 2026-11-20. They name ports; nothing here is for the world, so it is any port.
 */
export const securityGroupBounded: Control = {
  key: 'security-group-bounded',
  ids: ['EC2.18', 'EC2.19', 'CIS 3.0.0/5.2', 'CIS 3.0.0/5.3', 'CIS 5.0.0/5.3', 'CIS 5.0.0/5.4'],
  title: 'Security groups should only allow unrestricted incoming traffic for authorized ports',
  severity: 'high',
  remedy: 'another group, or an address range of our own, as the source',
  ...eachOf([SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE], resource => {
    const rules = resource.type === SECURITY_GROUP ? listOf(resource.inputs.ingress) : [resource.inputs]
    if (resource.type === SECURITY_GROUP_RULE && resource.inputs.type !== 'ingress') return []
    const sources = rules.flatMap(rule => [
      ...listOf(fieldOf(rule, 'cidrBlocks')),
      ...listOf(fieldOf(rule, 'ipv6CidrBlocks')),
      fieldOf(rule, 'cidrIpv4'),
      fieldOf(rule, 'cidrIpv6'),
    ])
    if (sources.some(source => ANYWHERE.includes(source))) return [violation(resource, 'lets everybody in')]
    return resource.inputs.ingress === UNKNOWN || sources.includes(UNKNOWN)
      ? [untold(resource, 'whom it lets in is not known before the update')]
      : []
  }),
  mutant: adding(INGRESS_RULE, { ipProtocol: 'tcp', fromPort: 6432, toPort: 6432, cidrIpv4: '0.0.0.0/0' }),
  enforcement: everywhere,
}
