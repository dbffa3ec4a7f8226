import { everywhere } from '../enforcement.ts'
import { eachContainer, settingContainer } from './containers.ts'
import type { Control } from './control.ts'
import { eachOf } from './inspections.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/** Source: Security Hub, ECS.4 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsNotPrivileged: Control = {
  key: 'ecs-not-privileged',
  ids: ['ECS.4'],
  title: 'ECS containers should run as non-privileged',
  severity: 'high',
  remedy: 'no `privileged`',
  ...eachOf([TASK_DEFINITION], definition =>
    eachContainer(definition, ({ privileged }) => (privileged === true ? 'is privileged' : undefined)),
  ),
  mutant: settingContainer(() => ({ privileged: true })),
  enforcement: everywhere,
}
