/** Stands for a value that nobody knows before the update, such as the ARN of what does not exist yet. */
export const UNKNOWN: unique symbol = Symbol('unknown before the update')

/** A resource as the program registered it: plain values, no outputs of the provider needed. */
export interface Registered {
  readonly urn: string
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** By property, the URNs of the resources whose outputs its value is made of: holds before the update, too. */
  readonly references: Readonly<Record<string, readonly string[]>>
}

/** `urn:pulumi:prod::shop::…` belongs to stack `prod`. */
export function stackOfUrn(urn: string): string {
  return /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? ''
}

/** The value at `rotationRules.automaticallyAfterDays`; unknown as soon as a part of the way is. */
export function valueAt(resource: Registered, path: string): unknown {
  let value: unknown = resource.inputs
  for (const key of path.split('.')) {
    if (value === UNKNOWN) return UNKNOWN
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Whether any part of a value is unknown. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true
  if (value === null || typeof value !== 'object') return false
  return Object.values(value).some(hasUnknown)
}

export function ofTypes(resources: readonly Registered[], types: readonly string[]): readonly Registered[] {
  return resources.filter(({ type }) => types.includes(type))
}

/** Whether a property of one resource is made of outputs of the other. */
export function refersTo(resource: Registered, property: string, target: Registered): boolean {
  return resource.references[property]?.includes(target.urn) ?? false
}

/** The resources of a type whose property is made of outputs of `target`. */
export function referring(
  resources: readonly Registered[],
  type: string,
  property: string,
  target: Registered,
): readonly Registered[] {
  return resources.filter(resource => resource.type === type && refersTo(resource, property, target))
}

/** The resources of a type that a property is made of. */
export function referredBy(
  resources: readonly Registered[],
  resource: Registered,
  property: string,
  type: string,
): readonly Registered[] {
  return resources.filter(target => target.type === type && refersTo(resource, property, target))
}
