import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { changing } from './mutations.ts'
import { ECS_SERVICE, EVENT_TARGET, SCHEDULE } from './resource-types.ts'

/** By type, where it says whether its tasks get a public address. */
const PATHS: Readonly<Record<string, string>> = {
  [ECS_SERVICE]: 'networkConfiguration.assignPublicIp',
  [SCHEDULE]: 'target.ecsParameters.networkConfiguration.assignPublicIp',
  [EVENT_TARGET]: 'ecsTarget.networkConfiguration.assignPublicIp',
}

/**
 * Source: Security Hub, ECS.2 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. Here also for
 * tasks that a schedule starts, of which Security Hub says nothing.
 */
export const ecsNoPublicIp: Control = {
  key: 'ecs-no-public-ip',
  ids: ['ECS.2'],
  title: 'Amazon ECS services should not have public IP addresses assigned to them automatically',
  severity: 'high',
  remedy: '`assignPublicIp: false`, or leave it out',
  ...eachOf(Object.keys(PATHS), resource =>
    must(
      resource,
      PATHS[resource.type] ?? '',
      value => value !== true && value !== 'ENABLED',
      'its tasks get public addresses',
    ),
  ),
  mutant: changing(ECS_SERVICE, service => ({
    ...service,
    inputs: {
      ...service.inputs,
      networkConfiguration: { ...(service.inputs.networkConfiguration as object), assignPublicIp: true },
    },
  })),
  enforcement: everywhere,
}
