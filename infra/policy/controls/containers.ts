import type { Finding, Mutation } from './control.ts'
import { fieldOf, untold, violation } from './inspections.ts'
import { changing } from './mutations.ts'
import { parsed } from './policy-documents.ts'
import { hasUnknown, type Registered, valueAt } from './registered.ts'
import { TASK_DEFINITION } from './resource-types.ts'

type Container = Readonly<Record<string, unknown>>

/** One finding for each container of a task definition that has a problem. What cannot be read is not told of. */
export function eachContainer(
  definition: Registered,
  problem: (container: Container) => string | undefined,
): readonly Finding[] {
  const value = valueAt(definition, 'containerDefinitions')
  if (hasUnknown(value)) return [untold(definition, 'containerDefinitions are not known before the update')]
  const containers = parsed(value)
  if (!Array.isArray(containers)) return [untold(definition, 'containerDefinitions are no list in JSON')]
  return containers.flatMap((container: Container) => {
    const found = problem(container)
    return found ? [violation(definition, `container ${String(fieldOf(container, 'name'))}: ${found}`)] : []
  })
}

/** The first container of the first task definition gets other properties. */
export function settingContainer(properties: (container: Container) => Container): Mutation {
  return changing(TASK_DEFINITION, definition => {
    const containers = parsed(definition.inputs.containerDefinitions) as Container[]
    const changed = containers.map((container, index) =>
      index === 0 ? { ...container, ...properties(container) } : container,
    )
    return { ...definition, inputs: { ...definition.inputs, containerDefinitions: JSON.stringify(changed) } }
  })
}
