import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { SUBNET } from './resource-types.ts'

/** Source: Security Hub, EC2.15; AWS Config rule subnet-auto-assign-public-ip-disabled, read 2026-11-20. */
export const subnetNoPublicIp: Control = {
  key: 'subnet-no-public-ip',
  ids: ['EC2.15'],
  title: 'EC2 subnets should not automatically assign public IP addresses',
  severity: 'medium',
  remedy: 'no `mapPublicIpOnLaunch`',
  ...eachOf([SUBNET], subnet =>
    must(subnet, 'mapPublicIpOnLaunch', value => value !== true, 'gives public addresses'),
  ),
  mutant: setting(SUBNET, { mapPublicIpOnLaunch: true }),
  enforcement: everywhere,
}
