import type { ContainerHealthCheck } from '../fargate/container.ts'

interface TaskKind {
  /** End of the family's name, and what its log streams begin with. */
  readonly suffix: string
  readonly command: readonly string[]
  /** A service has one task at all times; the others end when they are done. */
  readonly service: boolean
  readonly ports: readonly number[]
  readonly healthCheck?: ContainerHealthCheck
}

const METRICS_PORT = 9187

const job = (...command: readonly string[]): TaskKind => ({
  suffix: command.join('-'),
  command,
  service: false,
  ports: [],
})

/** The verbs that run in tasks, each with a family, roles and secrets of its own: CI can start migrations without being able to read the master password. */
export const RUNNER_TASKS = {
  serve: {
    suffix: 'serve',
    command: ['serve'],
    service: true,
    ports: [METRICS_PORT],
    healthCheck: {
      command: ['CMD', 'node', '/opt/howdah/runner/health-check.js'],
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      startSeconds: 20,
    },
  },
  migrateDeploy: job('migrate', 'deploy'),
  setupAccess: job('setup', 'access'),
  rotateCredentials: job('pooler', 'rotate-credentials'),
  backup: job('backup'),
} as const satisfies Readonly<Record<string, TaskKind>>

export type TaskName = keyof typeof RUNNER_TASKS
export const TASK_NAMES = Object.keys(RUNNER_TASKS) as readonly TaskName[]
export const taskKind = (name: TaskName): TaskKind => RUNNER_TASKS[name]
