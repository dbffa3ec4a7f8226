import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/** Source: Security Hub, ECS.3 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsNoHostProcesses: Control = {
  key: 'ecs-no-host-processes',
  ids: ['ECS.3'],
  title: "ECS task definitions should not share the host's process namespace",
  severity: 'high',
  remedy: 'no `pidMode`',
  ...eachOf([TASK_DEFINITION], definition =>
    must(definition, 'pidMode', mode => mode !== 'host', "shares the host's processes"),
  ),
  mutant: setting(TASK_DEFINITION, { pidMode: 'host' }),
  enforcement: everywhere,
}
