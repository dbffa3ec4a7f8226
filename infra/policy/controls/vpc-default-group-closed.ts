import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, listOf, must, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { referring } from './registered.ts'
import { DEFAULT_SECURITY_GROUP, VPC } from './resource-types.ts'

/**
 * Source: Security Hub, EC2.2; CIS 3.0.0, 5.4, and 5.0.0, 5.5 (turbot/steampipe-mod-aws-compliance, cis_v500/section_5.pp), read
 * 2026-11-20.
 */
export const vpcDefaultGroupClosed: Control = {
  key: 'vpc-default-group-closed',
  ids: ['EC2.2', 'CIS 3.0.0/5.4', 'CIS 5.0.0/5.5'],
  title: 'VPC default security groups should not allow inbound or outbound traffic',
  severity: 'high',
  remedy: 'an `ec2.DefaultSecurityGroup` without rules',
  ...eachWithin([VPC, DEFAULT_SECURITY_GROUP], (resource, stack) => {
    if (resource.type === VPC)
      return referring(stack, DEFAULT_SECURITY_GROUP, 'vpcId', resource).length > 0
        ? []
        : [violation(resource, 'its default security group is open')]
    return ['ingress', 'egress'].flatMap(direction =>
      must(resource, direction, rules => listOf(rules).length === 0, `has rules: ${direction}`),
    )
  }),
  mutant: setting(DEFAULT_SECURITY_GROUP, {
    egress: [{ protocol: '-1', fromPort: 0, toPort: 0, cidrBlocks: ['10.0.0.0/8'] }],
  }),
  enforcement: everywhere,
}
