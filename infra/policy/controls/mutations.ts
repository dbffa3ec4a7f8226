import type { Mutation } from './control.ts'
import type { Registered } from './registered.ts'

type Chosen = (resource: Registered) => boolean

/** The first resource of a type gets other inputs; `undefined` takes one away. */
export function setting(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  chosen: Chosen = () => true,
): Mutation {
  return changing(
    type,
    resource => ({
      ...resource,
      inputs: { ...resource.inputs, ...inputs },
      references: Object.fromEntries(Object.entries(resource.references).filter(([key]) => !(key in inputs))),
    }),
    chosen,
  )
}

/** The first resource of a type is replaced by another one. */
export function changing(
  type: string,
  change: (resource: Registered) => Registered,
  chosen: Chosen = () => true,
): Mutation {
  return resources => {
    const first = resources.find(resource => resource.type === type && chosen(resource))
    return resources.map(resource => (resource === first ? change(resource) : resource))
  }
}

/** Every resource of a type that fits is left out. */
export function without(type: string, chosen: Chosen = () => true): Mutation {
  return resources => resources.filter(resource => resource.type !== type || !chosen(resource))
}

/** One more resource. */
export function adding(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  references: (resources: readonly Registered[]) => Registered['references'] = () => ({}),
): Mutation {
  return resources => {
    const kind = type.split(':').at(-1)
    const stack = resources[0]?.urn.split('::').slice(0, 2).join('::') ?? 'urn:pulumi:prod::example'
    const added = {
      urn: `${stack}::${type}::added-${kind}`,
      type,
      name: `added-${kind}`,
      inputs,
      references: references(resources),
    }
    return [...resources, added]
  }
}
