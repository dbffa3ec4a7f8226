import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import * as pulumi from '@pulumi/pulumi'

/** Where ECS takes the value of an environment variable from when a task starts; Pulumi never has it. */
export interface SecretReference {
  readonly arn: pulumi.Input<string>
  /** The key within the secret's JSON; absent: the whole text is the value. */
  readonly key?: string
}

export interface ContainerHealthCheck {
  /** As ECS takes it: `['CMD', program, …]`. The image's own HEALTHCHECK is ignored there. */
  readonly command: readonly string[]
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly retries: number
  readonly startSeconds: number
}

/** A file system in memory; it counts against the task's memory. Fargate has it since January 2026, on platform 1.4.0. */
export interface MemoryFileSystem {
  readonly path: string
  readonly sizeMib: number
}

export interface Container {
  readonly name: string
  readonly image: pulumi.Input<string>
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>
  readonly secrets: Readonly<Record<string, SecretReference>>
  readonly ports: readonly number[]
  readonly memoryFileSystems: readonly MemoryFileSystem[]
  /** A directory on the task's disk, for what is too large for memory; the image has to own it (`VOLUME`). */
  readonly scratchPath?: string
  readonly healthCheck?: ContainerHealthCheck
  /** Open files and sockets a process may have. */
  readonly openFiles?: number
  readonly logs: {
    readonly group: pulumi.Input<string>
    readonly region: string
    /** The stream is `<prefix>/<container>/<task id>`. */
    readonly prefix: string
    /** `non-blocking`: lines are dropped rather than the container stopped while CloudWatch does not answer. */
    readonly mode: 'blocking' | 'non-blocking'
  }
}

/** What our images run as: their `USER`, told again so that an image of somebody else's is not run as root. */
export const CONTAINER_USER = { uid: 10_001, gid: 10_001 } as const

/** Written to by that user alone, and nothing in it is ever run. */
const MOUNT_OPTIONS = [
  'rw',
  'nosuid',
  'nodev',
  'noexec',
  'mode=0700',
  `uid=${CONTAINER_USER.uid}`,
  `gid=${CONTAINER_USER.gid}`,
]

/** The longest Fargate waits between SIGTERM and SIGKILL. */
export const STOP_TIMEOUT_SECONDS = 120

/** The most file descriptors Fargate lets a process have. */
export const MAXIMUM_OPEN_FILES = 65_535

/** The name of the volume behind `scratchPath`. */
export const SCRATCH_VOLUME = 'scratch'

const byName = <T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))

const valueFrom = ({ arn, key }: SecretReference): pulumi.Input<string> =>
  key === undefined ? arn : pulumi.interpolate`${arn}:${key}::`

/** A type of the API, in which any value may still have to be computed. */
type Computed<T> = T extends readonly (infer E)[]
  ? readonly Computed<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Computed<T[K]> }
    : pulumi.Input<T>

/** The container as ECS takes it: nothing to write to but what is declared, no capability, not root. */
export function containerDefinition(container: Container): Computed<ContainerDefinition> {
  const { healthCheck, logs, scratchPath } = container
  return {
    name: container.name,
    image: container.image,
    essential: true,
    ...(container.command === undefined ? {} : { command: container.command }),
    user: `${CONTAINER_USER.uid}:${CONTAINER_USER.gid}`,
    readonlyRootFilesystem: true,
    stopTimeout: STOP_TIMEOUT_SECONDS,
    linuxParameters: {
      capabilities: { drop: ['ALL'] },
      tmpfs: container.memoryFileSystems.map(({ path, sizeMib }) => ({
        containerPath: path,
        size: sizeMib,
        mountOptions: MOUNT_OPTIONS,
      })),
    },
    environment: byName(container.environment).map(([name, value]) => ({ name, value })),
    secrets: byName(container.secrets).map(([name, secret]) => ({ name, valueFrom: valueFrom(secret) })),
    portMappings: container.ports.map(port => ({ containerPort: port, hostPort: port, protocol: 'tcp' })),
    mountPoints:
      scratchPath === undefined
        ? []
        : [{ sourceVolume: SCRATCH_VOLUME, containerPath: scratchPath, readOnly: false }],
    ...(container.openFiles === undefined
      ? {}
      : { ulimits: [{ name: 'nofile', softLimit: container.openFiles, hardLimit: container.openFiles }] }),
    ...(healthCheck === undefined
      ? {}
      : {
          healthCheck: {
            command: healthCheck.command,
            interval: healthCheck.intervalSeconds,
            timeout: healthCheck.timeoutSeconds,
            retries: healthCheck.retries,
            startPeriod: healthCheck.startSeconds,
          },
        }),
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logs.group,
        'awslogs-region': logs.region,
        'awslogs-stream-prefix': logs.prefix,
        mode: logs.mode,
        ...(logs.mode === 'non-blocking' ? { 'max-buffer-size': '16m' } : {}),
      },
    },
  }
}
