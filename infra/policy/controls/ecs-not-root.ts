import { everywhere } from '../enforcement.ts'
import { eachContainer, settingContainer } from './containers.ts'
import type { Control } from './control.ts'
import { eachOf, isSet } from './inspections.ts'
import { TASK_DEFINITION } from './resource-types.ts'

/**
 * Source: AWS Config rule ecs-task-definition-nonroot-user (config/latest/developerguide, named beside
 * ecs-task-definition-user-for-host-mode-check), read 2026-11-20. Said in the task definition, since an image can be replaced.
 */
export const ecsNotRoot: Control = {
  key: 'ecs-not-root',
  ids: ['Config ecs-task-definition-nonroot-user'],
  title: 'ECS task definitions should configure a user other than root',
  severity: 'high',
  remedy: '`user` of every container, by number',
  ...eachOf([TASK_DEFINITION], definition =>
    eachContainer(definition, ({ user }) => {
      if (!isSet(user)) return 'has no user: the image decides'
      return /^(root|0)(:|$)/.test(String(user)) ? 'runs as root' : undefined
    }),
  ),
  mutant: settingContainer(() => ({ user: '0:0' })),
  enforcement: everywhere,
}
