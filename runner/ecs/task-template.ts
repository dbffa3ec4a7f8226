import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { HowdahError } from '../core/errors.ts'

/** Where the container's log goes. */
export interface LogPlace {
  readonly group: string
  readonly region: string
  /** Before the container's name and the task's id in the name of its stream. */
  readonly prefix: string
}

/** What is to be known of a task definition to start a task of it. */
export interface TaskTemplate {
  /** With its revision, so that what was looked at is what runs. */
  readonly arn: string
  readonly container: string
  readonly image: string
  readonly fargate: boolean
  /** Whether a task has an address of its own, in subnets that have to be named. */
  readonly ownAddress: boolean
  /** Absent: the log goes elsewhere, where nobody can follow it from here. */
  readonly log: LogPlace | undefined
  /** How long the container has to end when it is told to, in seconds; ECS gives 30 unless the definition says otherwise. */
  readonly stopTimeoutSeconds: number
}

const DEFAULT_STOP_TIMEOUT_SECONDS = 30

/**
 * @param wanted the container's name; absent: the only essential one
 * @throws HowdahError ecs-task-definition-unusable
 */
export function taskTemplate(
  definition: TaskDefinition,
  wanted: string | undefined,
  region: string,
): TaskTemplate {
  const arn = definition.taskDefinitionArn ?? ''
  const name = arn.split('/').at(-1) ?? ''
  const unusable = (problem: string) =>
    new HowdahError('ecs-task-definition-unusable', { definition: name, problem })
  if (definition.status === 'INACTIVE') throw unusable('it is deregistered')
  const container = chooseContainer(definition.containerDefinitions ?? [], wanted, unusable)
  return {
    arn,
    container: container.name ?? '',
    image: container.image ?? '',
    fargate: definition.requiresCompatibilities?.includes('FARGATE') === true,
    ownAddress: definition.networkMode === 'awsvpc',
    log: logPlace(container, region),
    stopTimeoutSeconds: container.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS,
  }
}

function chooseContainer(
  containers: readonly ContainerDefinition[],
  wanted: string | undefined,
  unusable: (problem: string) => HowdahError,
): ContainerDefinition {
  const names = containers.map(({ name }) => name).join(', ')
  if (wanted !== undefined) {
    const named = containers.find(({ name }) => name === wanted)
    if (!named) throw unusable(`it has no container "${wanted}" (it has: ${names})`)
    return named
  }
  const essential = containers.filter(({ essential }) => essential !== false)
  const [only, ...others] = essential
  if (!only) throw unusable('it has no container')
  if (others.length > 0) throw unusable(`it has several containers: ${names}`)
  return only
}

function logPlace({ logConfiguration }: ContainerDefinition, ownRegion: string): LogPlace | undefined {
  if (logConfiguration?.logDriver !== 'awslogs') return undefined
  const { options = {} } = logConfiguration
  const [group, prefix] = [options['awslogs-group'], options['awslogs-stream-prefix']]
  // Without a prefix the stream is named after the container's id at Docker, which nobody tells us.
  if (!group || !prefix) return undefined
  return { group, prefix, region: options['awslogs-region'] ?? ownRegion }
}
