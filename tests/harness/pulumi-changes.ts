import { declarationOf } from './pulumi-declarations.ts'
import type { Inputs } from './pulumi-facts.ts'
import { modelOf } from './pulumi-model.ts'
import type { Alias, Registration } from './pulumi-registration.ts'
import { UNKNOWN } from './pulumi-values.ts'

export interface Difference {
  /** Inputs that differ, by their name at the top. */
  readonly changed: readonly string[]
  /** Those of them whose change replaces the resource. */
  readonly replacing: readonly string[]
}

/**
 * What the provider of a resource says of a change of its inputs. `region` is where the resource is: given by the program, or
 * that of its provider, from which AWS moves nothing.
 */
export function differenceOf(type: string, before: Inputs, after: Inputs): Difference {
  const replaces = new Set([
    ...(modelOf(type)?.replaces ?? []),
    ...(type.startsWith('aws:') ? ['region'] : []),
  ])
  const always = new Set(
    declarationOf(type)
      ?.outputs.filter(output => output.always)
      .map(({ name }) => name),
  )
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(key => !key.startsWith('__') && !same(before[key], after[key]))
    // The value of an input that AWS gives where the program does not is left as it is.
    .filter(key => after[key] !== undefined || !always.has(key))
    .sort()
  return { changed, replacing: changed.filter(key => replaces.has(key)) }
}

/** An unknown value may become any other. */
function same(before: unknown, after: unknown): boolean {
  return after !== UNKNOWN && canonical(before) === canonical(after)
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

export interface Change {
  readonly operation: 'create' | 'update' | 'replace' | 'delete'
  readonly urn: string
  readonly type: string
  readonly name: string
  readonly changed: readonly string[]
  readonly replacing: readonly string[]
}

/**
 * What `pulumi up` would do between two runs of a program, sorted by URN. Values that come of a replaced resource are taken
 * to stay as they are: the real engine knows better, and says so in a preview.
 */
export function changesBetween(
  before: readonly Registration[],
  after: readonly Registration[],
): readonly Change[] {
  const left = new Map(before.map(registration => [registration.urn, registration]))
  const found: Change[] = []
  const names = formerUrns(after)
  for (const now of after) {
    const then = [now.urn, ...(names.get(now.urn) ?? [])].flatMap(urn => left.get(urn) ?? [])[0]
    if (then) left.delete(then.urn)
    const { urn, type, name } = now
    if (!then) {
      found.push({ operation: 'create', urn, type, name, changed: [], replacing: [] })
      continue
    }
    const { changed, replacing } = registeredDifference(then, now)
    if (changed.length > 0)
      found.push({
        operation: replacing.length > 0 ? 'replace' : 'update',
        urn,
        type,
        name,
        changed,
        replacing,
      })
  }
  for (const { urn, type, name } of left.values())
    found.push({ operation: 'delete', urn, type, name, changed: [], replacing: [] })
  return found.sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

function registeredDifference(then: Registration, now: Registration): Difference {
  if (!now.custom) return { changed: [], replacing: [] }
  const ignored = (key: string) => now.ignoreChanges.includes('*') || now.ignoreChanges.includes(key)
  const { changed, replacing } = differenceOf(now.type, located(then), located(now))
  const kept = changed.filter(key => !ignored(key))
  const also = kept.filter(key => now.replaceOnChanges.includes('*') || now.replaceOnChanges.includes(key))
  return { changed: kept, replacing: kept.filter(key => replacing.includes(key) || also.includes(key)) }
}

const located = ({ inputs, outputs: { region } }: Registration): Inputs =>
  region === undefined ? inputs : { ...inputs, region }

/** Former URNs of each resource: its own aliases, and those that come of its parents' aliases. */
export function formerUrns(registrations: readonly Registration[]): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  const byUrn = new Map(registrations.map(registration => [registration.urn, registration]))
  for (const registration of registrations) {
    const parent = byUrn.get(registration.parent ?? '')
    const formerParents = parent ? (names.get(parent.urn) ?? []) : []
    const own = registration.aliases.map(alias => formerUrn(registration, alias))
    const inherited = formerParents.map(former =>
      formerUrn(registration, {
        parent: former,
        // The engine takes a child named after its parent to have been named after the parent's former name.
        name: registration.name.startsWith(`${parent?.name}-`)
          ? `${former.split('::')[3]}${registration.name.slice(parent?.name.length)}`
          : registration.name,
      }),
    )
    names.set(registration.urn, [...own, ...inherited])
  }
  return names
}

function formerUrn(
  { urn, parent: ownParent, type: ownType, name: ownName }: Registration,
  alias: Alias,
): string {
  if ('urn' in alias) return alias.urn
  const [, stackPart = '', project = ''] = /^urn:pulumi:(.*?)::(.*?)::/.exec(urn) ?? []
  const { parent = ownParent, type = ownType, name = ownName } = alias
  const above = parent?.split('::')[2]
  const chain = above === undefined || above === 'pulumi:pulumi:Stack' ? type : `${above}$${type}`
  return `urn:pulumi:${alias.stack ?? stackPart}::${alias.project ?? project}::${chain}::${name}`
}
