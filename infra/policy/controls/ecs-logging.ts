import { everywhere } from '../enforcement.ts'
import { eachContainer, settingContainer } from './containers.ts'
import type { Control } from './control.ts'
import { eachOf, fieldOf, isSet } from './inspections.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/** Source: Security Hub, ECS.9 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsLogging: Control = {
  key: 'ecs-logging',
  ids: ['ECS.9'],
  title: 'ECS task definitions should have a logging configuration',
  severity: 'high',
  remedy: '`logConfiguration` with a driver for every container',
  ...eachOf([TASK_DEFINITION], definition =>
    eachContainer(definition, ({ logConfiguration }) =>
      isSet(fieldOf(logConfiguration, 'logDriver')) ? undefined : 'logs to nowhere',
    ),
  ),
  mutant: settingContainer(() => ({ logConfiguration: undefined })),
  enforcement: everywhere,
}
