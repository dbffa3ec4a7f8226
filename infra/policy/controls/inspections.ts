import type { Finding, Inspection } from './control.ts'
import { hasUnknown, ofTypes, type Registered, valueAt } from './registered.ts'

/** Looks at the resources of some types one by one. */
export function eachOf(
  types: readonly string[],
  findings: (resource: Registered) => readonly Finding[],
): Inspection {
  return { scope: 'resource', types, validate: resources => ofTypes(resources, types).flatMap(findings) }
}

/** Looks at the resources of a type, each with the whole stack at hand. */
export function eachWithin(
  types: readonly string[],
  findings: (resource: Registered, stack: readonly Registered[]) => readonly Finding[],
): Inspection {
  return {
    scope: 'stack',
    types,
    validate: stack => ofTypes(stack, types).flatMap(resource => findings(resource, stack)),
  }
}

/** Nothing, where the value holds; a finding, where it does not; and another one, where nobody knows it yet. */
export function must(
  resource: Registered,
  path: string,
  holds: (value: unknown) => boolean,
  problem: string,
): readonly Finding[] {
  const value = valueAt(resource, path)
  if (hasUnknown(value)) return [untold(resource, `${path} is not known before the update`)]
  return holds(value) ? [] : [violation(resource, problem)]
}

/** A value has to be there. One that is made of outputs of another resource is, whatever it will be. */
export function mustBeGiven(resource: Registered, property: string, problem: string): readonly Finding[] {
  return resource.references[property]?.length ? [] : must(resource, property, isSet, problem)
}

export function violation({ urn, name }: Registered, message: string): Finding {
  return { urn, name, message, certainty: 'violated' }
}

export function untold({ urn, name }: Registered, message: string): Finding {
  return { urn, name, message, certainty: 'untold' }
}

export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** A list, where one is given; `[]` otherwise. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A property of one member of a list, such as `name` of a parameter. */
export function fieldOf(value: unknown, field: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[field] : undefined
}
