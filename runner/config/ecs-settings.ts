import { milliseconds, text, texts } from './kinds.ts'
import { setting } from './setting.ts'

/** The settings of what runs as a task in Amazon ECS. */
export const ECS_SETTINGS = {
  ecsCluster: setting({
    env: ['HOWDAH_ECS_CLUSTER'],
    flag: '--cluster <name>',
    schema: text(),
    fallback: 'default',
    help: 'ECS cluster that `ecs run` starts its task on; its name or ARN.',
  }),
  ecsTaskDefinition: setting({
    env: ['HOWDAH_ECS_TASK_DEFINITION'],
    flag: '--task-definition <name>',
    schema: text(),
    help: 'Task definition of `ecs run`, whose image is the runner: family, family:revision or ARN. Absent: `ecs run` is a usage error.',
  }),
  ecsSubnets: setting({
    env: ['HOWDAH_ECS_SUBNETS'],
    flag: '--subnets <ids>',
    schema: texts(),
    help: 'Subnets for the task of `ecs run`, separated by commas; it gets no public address. Absent: only for network modes other than awsvpc.',
  }),
  ecsSecurityGroups: setting({
    env: ['HOWDAH_ECS_SECURITY_GROUPS'],
    flag: '--security-groups <ids>',
    schema: texts(),
    help: "Security groups for the task of `ecs run`, separated by commas. Absent: the VPC's default one.",
  }),
  ecsTimeoutMs: setting({
    env: ['HOWDAH_ECS_TIMEOUT_MS'],
    flag: '--timeout-ms <ms>',
    schema: milliseconds(1000),
    fallback: 3_600_000,
    help: 'How long the task of `ecs run` may take from its start, in milliseconds; then it is told to stop.',
  }),
} as const
