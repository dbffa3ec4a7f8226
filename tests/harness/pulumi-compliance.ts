import { type Registered, UNKNOWN } from '../../infra/policy/controls/registered.ts'
import { CONTROLS } from '../../infra/policy/controls/registry.ts'
import { STACKS } from '../../infra/policy/enforcement.ts'
import { type Compliance, complianceOf } from '../../infra/policy/report/compliance.ts'
import { registrationsOfProject } from './pulumi-project.ts'
import { type Registration, UNKNOWN as UNKNOWN_HERE } from './pulumi-registrations.ts'

/** What the program of a stack registers, as controls read it: without components, sorted by URN. */
export async function resourcesOfStack(
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
  settings: { readonly dryRun?: boolean } = {},
): Promise<readonly Registered[]> {
  const { registrations } = await registrationsOfProject(stack, overrides, settings)
  return asResources(registrations)
}

export function asResources(registrations: readonly Registration[]): readonly Registered[] {
  return registrations
    .filter(({ custom }) => custom)
    .map(({ urn, type, name, inputs, propertyDependencies }) => ({
      urn,
      type,
      name,
      inputs: known(inputs) as Registered['inputs'],
      references: propertyDependencies,
    }))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

function known(value: unknown): unknown {
  if (value === UNKNOWN_HERE) return UNKNOWN
  if (Array.isArray(value)) return value.map(known)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item)]))
}

/** What the pack says of the project's stacks, each run as Pulumi runs it. */
export async function complianceOfStacks(stacks: readonly string[] = STACKS): Promise<Compliance> {
  const registered = await Promise.all(
    stacks.map(async stack => ({ stack, resources: await resourcesOfStack(stack) })),
  )
  return complianceOf(CONTROLS, registered)
}
