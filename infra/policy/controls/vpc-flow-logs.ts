import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, must, violation } from './inspections.ts'
import { setting } from './mutations.ts'
import { referring } from './registered.ts'
import { FLOW_LOG, VPC } from './resource-types.ts'

/** Source: Security Hub, EC2.6; CIS 3.0.0 and 5.0.0, 3.7 (turbot/steampipe-mod-aws-compliance, cis_v500/section_3.pp), read 2026-11-20. */
export const vpcFlowLogs: Control = {
  key: 'vpc-flow-logs',
  ids: ['EC2.6', 'CIS 3.0.0/3.7', 'CIS 5.0.0/3.7'],
  title: 'VPC flow logging should be enabled in all VPCs',
  severity: 'medium',
  remedy: 'an `ec2.FlowLog` of rejected traffic, or of all',
  ...eachWithin([VPC], (vpc, stack) => {
    const logs = referring(stack, FLOW_LOG, 'vpcId', vpc)
    if (logs.length === 0) return [violation(vpc, 'has no flow log')]
    return logs.flatMap(log =>
      must(log, 'trafficType', type => type !== 'ACCEPT', 'does not log what is rejected'),
    )
  }),
  mutant: setting(FLOW_LOG, { trafficType: 'ACCEPT' }),
  enforcement: waivedOnDev('its logs cost more than the network of a development stack'),
}
