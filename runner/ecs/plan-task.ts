import type { RunTaskCommandInput } from '@aws-sdk/client-ecs'
import { HowdahError } from '../core/errors.ts'
import type { TaskTemplate } from './task-template.ts'

/** What is to be started, and where. */
export interface TaskWish {
  readonly cluster: string
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  /** Behind `howdah`, the image's entrypoint. */
  readonly words: readonly string[]
  /** The same for every attempt of one run: however often it is asked for, one task starts. */
  readonly token: string
}

/** The task as ECS will be asked for it. Pure, so that a dry run can print it. */
export function planTask(template: TaskTemplate, wish: TaskWish): RunTaskCommandInput {
  if (template.ownAddress && wish.subnets.length === 0)
    throw new HowdahError('usage-invalid', {
      problem: 'a task of this definition has an address of its own: --subnets has to say where',
      command: 'ecs run',
    })
  return {
    cluster: wish.cluster,
    taskDefinition: template.arn,
    count: 1,
    clientToken: wish.token,
    startedBy: 'howdah/ecs-run',
    enableECSManagedTags: true,
    propagateTags: 'TASK_DEFINITION',
    ...(template.fargate && { launchType: 'FARGATE' as const }),
    ...(template.ownAddress && {
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...wish.subnets],
          ...(wish.securityGroups.length > 0 && { securityGroups: [...wish.securityGroups] }),
          assignPublicIp: 'DISABLED' as const,
        },
      },
    }),
    overrides: { containerOverrides: [{ name: template.container, command: [...wish.words] }] },
  }
}
