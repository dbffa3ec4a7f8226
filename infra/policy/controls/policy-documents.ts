import { fieldOf, listOf } from './inspections.ts'
import { hasUnknown, type Registered, UNKNOWN, valueAt } from './registered.ts'

/** One statement of an IAM, bucket, key or topic policy, with every list as a list. */
export interface Statement {
  readonly effect: unknown
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly principals: readonly string[]
  /** Keys and values of all operators: `{ 'aws:SecureTransport': ['false'] }`. */
  readonly conditions: Readonly<Record<string, readonly string[]>>
}

/** The statements of a policy in JSON or as an object; `UNKNOWN` where a part of it is; `undefined` where none can be read. */
export function statementsAt(
  resource: Registered,
  path: string,
): readonly Statement[] | typeof UNKNOWN | undefined {
  const value = valueAt(resource, path)
  if (hasUnknown(value)) return UNKNOWN
  const document = parsed(value)
  const statements = fieldOf(document, 'Statement')
  if (statements === undefined) return undefined
  return (Array.isArray(statements) ? statements : [statements]).map(statement => ({
    effect: fieldOf(statement, 'Effect'),
    actions: texts(fieldOf(statement, 'Action')),
    resources: texts(fieldOf(statement, 'Resource')),
    principals: principalsOf(fieldOf(statement, 'Principal')),
    conditions: conditionsOf(fieldOf(statement, 'Condition')),
  }))
}

/** What a JSON text says; an object is what it says; `undefined` for what is neither. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** Whether anybody at all may do what a statement allows. A condition on who, where from or which account bounds it. */
export function isPublic({ effect, principals, conditions }: Statement): boolean {
  const bounds = [
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceowner',
    'aws:principalarn',
    'aws:principalaccount',
    'aws:principalorgid',
    'kms:calleraccount',
  ]
  const bounded = Object.keys(conditions).some(key => bounds.includes(key.toLowerCase()))
  return effect === 'Allow' && principals.includes('*') && !bounded
}

function principalsOf(value: unknown): readonly string[] {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.values(value).flatMap(texts)
    : texts(value)
}

function conditionsOf(value: unknown): Record<string, readonly string[]> {
  if (value === null || typeof value !== 'object') return {}
  const pairs = Object.values(value).flatMap(operator => Object.entries(operator ?? {}))
  return Object.fromEntries(pairs.map(([key, wanted]) => [key, texts(wanted)]))
}

function texts(value: unknown): readonly string[] {
  const values = Array.isArray(value) ? listOf(value) : value === undefined ? [] : [value]
  return values.map(String)
}
