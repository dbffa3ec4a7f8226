import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js'
import { type Unwrapped, unwrap } from './pulumi-values.ts'

/** One resource as the program registered it. */
export interface Registration {
  readonly type: string
  readonly name: string
  readonly urn: string
  /** URN of the parent; `undefined` for the stack, and for what has the stack as parent. */
  readonly parent: string | undefined
  /** `false`: a component. */
  readonly custom: boolean
  /** Without wrappers of secrets; what is not known is `UNKNOWN`. */
  readonly inputs: Readonly<Record<string, unknown>>
  /** `password`, `environment[0].value`: inputs that are marked as secret. */
  readonly secretPaths: readonly string[]
  readonly unknownPaths: readonly string[]
  readonly protect: boolean
  readonly retainOnDelete: boolean
  readonly aliases: readonly Alias[]
  readonly ignoreChanges: readonly string[]
  readonly replaceOnChanges: readonly string[]
  /** `undefined`: left to the provider. */
  readonly deleteBeforeReplace: boolean | undefined
  /** URNs, those of properties included. */
  readonly dependencies: readonly string[]
  /** URNs that each input was made from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>
  /** `urn::id` of an explicit provider. */
  readonly provider: string | undefined
  /** The `region` argument of the resource, where it has one. */
  readonly region: string | undefined
  readonly importId: string | undefined
  readonly deletedWith: string | undefined
  readonly additionalSecretOutputs: readonly string[]
  readonly customTimeouts: Readonly<Record<'create' | 'update' | 'delete', string | undefined>>
  /** Identifier and outputs that the model answered with; for a component what it gave to registerOutputs. */
  id: string | undefined
  outputs: Readonly<Record<string, unknown>>
  secretOutputPaths: readonly string[]
}

export type Alias =
  | { readonly urn: string }
  | {
      readonly name?: string
      readonly type?: string
      readonly project?: string
      readonly stack?: string
      readonly parent?: string | null
    }

export const STACK_TYPE = 'pulumi:pulumi:Stack'

export function readRegistration(request: RegisterResourceRequest, urn: string): Registration {
  const object = request.getObject()?.toJavaScript() ?? {}
  const { value, secretPaths, unknownPaths } = unwrap(object) as Unwrapped & {
    value: Record<string, unknown>
  }
  const timeouts = request.getCustomtimeouts()
  const parent = request.getParent()
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    parent: parent === '' || parent.split('::')[2] === STACK_TYPE ? undefined : parent,
    custom: request.getCustom(),
    inputs: value,
    secretPaths,
    unknownPaths,
    protect: request.getProtect() === true,
    retainOnDelete: request.getRetainondelete() === true,
    aliases: request.getAliasesList().map(readAlias),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    dependencies: [...request.getDependenciesList()].sort(),
    propertyDependencies: readPropertyDependencies(request),
    provider: request.getProvider() || undefined,
    region: typeof value.region === 'string' ? value.region : undefined,
    importId: request.getImportid() || undefined,
    deletedWith: request.getDeletedwith() || undefined,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: {
      create: timeouts?.getCreate() || undefined,
      update: timeouts?.getUpdate() || undefined,
      delete: timeouts?.getDelete() || undefined,
    },
    id: undefined,
    outputs: {},
    secretOutputPaths: [],
  }
}

function readPropertyDependencies(request: RegisterResourceRequest): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  request.getPropertydependenciesMap().forEach((dependencies, key) => {
    const urns = dependencies.getUrnsList()
    if (urns.length > 0) found[key] = [...urns].sort()
  })
  return found
}

function readAlias(alias: ReturnType<RegisterResourceRequest['getAliasesList']>[number]): Alias {
  const spec = alias.getSpec()
  if (!spec) return { urn: alias.getUrn() }
  const given = {
    name: spec.getName(),
    type: spec.getType(),
    project: spec.getProject(),
    stack: spec.getStack(),
    parent: spec.getNoparent() ? null : spec.getParenturn(),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')) as Alias
}
