import type { ResourceModel } from './pulumi-aws/resource-model.ts'
import { AWS_MODEL } from './pulumi-aws-model.ts'
import { type DeclaredOutput, declarationOf } from './pulumi-declarations.ts'
import { ACCOUNT, digits, type Facts, type Inputs, REGION } from './pulumi-facts.ts'
import { unknown } from './pulumi-values.ts'

/** Providers themselves: nothing about them replaces what they manage, but for a change of account or region. */
const PROVIDER: ResourceModel = { replaces: [] }

/** What is wrong with a registration, in sentences; a real provider's Check would say the same. */
export function problemsOf(type: string, name: string, inputs: Inputs): string[] {
  const declaration = declarationOf(type)
  if (!declaration) return [`${name}: no installed provider has the type ${type}`]
  if (!modelOf(type))
    return [`${name}: the model does not know ${type}; add a row to tests/harness/pulumi-aws-model.ts`]
  const known = new Set(declaration.inputs)
  return [
    ...declaration.required
      .filter(key => inputs[key] === undefined || inputs[key] === null)
      .map(key => `${name}: ${type} requires ${key}`),
    ...Object.keys(inputs)
      .filter(key => !known.has(key) && inputs[key] !== undefined && !key.startsWith('__'))
      .map(key => `${name}: ${type} has no input ${key}`),
  ]
}

export function modelOf(type: string): ResourceModel | undefined {
  return type.startsWith('pulumi:providers:') ? PROVIDER : AWS_MODEL[type]
}

/** Inputs as the provider completes them before it creates anything: names that the program left to it. */
export function checkedInputs(type: string, urn: string, inputs: Inputs): Inputs {
  const key = modelOf(type)?.name
  if (key === undefined || inputs[key] !== undefined || inputs[`${key}Prefix`] !== undefined) return inputs
  return { ...inputs, [key]: `${urn.split('::').at(-1)}-${digits(urn, 7)}` }
}

/**
 * What the resource looks like once created: its inputs and everything computed.
 * @param generation - how often it was replaced; what AWS draws at random differs
 */
export function created(
  type: string,
  urn: string,
  inputs: Inputs,
  stackRegion = REGION,
  generation = 0,
): { readonly id: string; readonly outputs: Readonly<Record<string, unknown>> } {
  const model = modelOf(type)
  const declaration = declarationOf(type)
  if (!model || !declaration) return { id: `unmodelled-${digits(urn, 7)}`, outputs: inputs }
  const facts = factsOf(type, model, urn, inputs, stackRegion, generation)
  const computed = model.outputs?.(facts) ?? {}
  const outputs: Record<string, unknown> = {}
  for (const output of declaration.outputs) {
    const value =
      inputs[output.name] ?? computed[output.name] ?? (output.always ? madeUp(output, facts) : undefined)
    if (value !== undefined) outputs[output.name] = value
  }
  return { id: facts.id, outputs }
}

/** What a preview knows of a resource that does not exist yet: its inputs, and that the rest will be computed. */
export function previewed(type: string, inputs: Inputs): Readonly<Record<string, unknown>> {
  const always = declarationOf(type)?.outputs.filter(({ always }) => always) ?? []
  return { ...Object.fromEntries(always.map(({ name }) => [name, unknown()])), ...inputs }
}

function factsOf(
  type: string,
  model: ResourceModel,
  urn: string,
  inputs: Inputs,
  stackRegion: string,
  generation: number,
): Facts {
  const logical = urn.split('::').at(-1) ?? urn
  const prefix = model.name && inputs[`${model.name}Prefix`]
  const given = model.name && inputs[model.name]
  const seed = `${urn}#${generation}`
  const hex = (length: number) => digits(seed, length)
  const base = {
    urn,
    type,
    inputs,
    hex,
    account: ACCOUNT,
    region: typeof inputs.region === 'string' ? inputs.region : stackRegion,
    name: String(given ?? (prefix ? `${prefix}${hex(26)}` : `${logical}-${digits(urn, 7)}`)),
  }
  const id = model.id?.(base) ?? base.name
  return { ...base, id, arn: model.arn?.({ ...base, id }) ?? genericArn(base) }
}

/** `arn:aws:rds:eu-central-1:123456789012:subnet-group/app`: right in form; the model has the exact ones that matter. */
function genericArn({ type, region, account, name }: Omit<Facts, 'id' | 'arn'>): string {
  const [, service = '', kind = ''] = type.split(/[:/]/)
  const dashed = kind.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return `arn:aws:${service}:${region}:${account}:${dashed}/${name}`
}

function madeUp({ name, type }: DeclaredOutput, facts: Facts): unknown {
  if (name === 'arn') return facts.arn
  if (name === 'region') return facts.region
  if (name === 'tagsAll') return facts.inputs.tags ?? {}
  if (type.endsWith('[]')) return []
  if (type === 'number') return 0
  if (type === 'boolean') return false
  if (type.startsWith('{') || type.startsWith('outputs.')) return {}
  return name === 'name' ? facts.name : `${facts.name}-${name}`
}
