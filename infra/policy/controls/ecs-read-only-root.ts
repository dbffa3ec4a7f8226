import { everywhere } from '../enforcement.ts'
import { eachContainer, settingContainer } from './containers.ts'
import type { Control } from './control.ts'
import { eachOf } from './inspections.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/** Source: Security Hub, ECS.5 (turbot/steampipe-mod-aws-compliance, foundational_security/ecs.pp), read 2026-11-20. */
export const ecsReadOnlyRoot: Control = {
  key: 'ecs-read-only-root',
  ids: ['ECS.5'],
  title: 'ECS containers should be limited to read-only access to root filesystems',
  severity: 'high',
  remedy: '`readonlyRootFilesystem: true`',
  ...eachOf([TASK_DEFINITION], definition =>
    eachContainer(definition, ({ readonlyRootFilesystem }) =>
      readonlyRootFilesystem === true ? undefined : 'can write to its root',
    ),
  ),
  mutant: settingContainer(() => ({ readonlyRootFilesystem: false })),
  enforcement: everywhere,
}
