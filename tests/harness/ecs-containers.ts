import type { Registration } from './pulumi-registrations.ts'

interface NameAndValue {
  readonly name: string
  readonly value: string
}

/** A container as a task definition carries it: JSON, in the spelling of ECS. */
export interface Container {
  readonly [key: string]: unknown
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly user: string
  readonly readonlyRootFilesystem: boolean
  readonly stopTimeout: number
  readonly healthCheck?: {
    readonly command: readonly string[]
    readonly timeout: number
    readonly retries: number
  }
  readonly environment: readonly NameAndValue[]
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[]
  readonly linuxParameters: {
    readonly capabilities: { readonly drop: readonly string[] }
    readonly tmpfs: readonly {
      readonly containerPath: string
      readonly size: number
      readonly mountOptions: readonly string[]
    }[]
  }
}

/** The one container of a task definition. */
export function containerOf({ name, inputs }: Registration): Container {
  const containers = JSON.parse(String(inputs.containerDefinitions)) as Container[]
  const [container] = containers
  if (container === undefined || containers.length > 1)
    throw new Error(`${name} has ${containers.length} containers`)
  return container
}
