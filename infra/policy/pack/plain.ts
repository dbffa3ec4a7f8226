import { UNKNOWN } from '../controls/registered.ts'

/** What @pulumi/policy throws when a value is read that nobody knows before the update; it does not export the class. */
const UNKNOWN_VALUE_ERROR = 'UnknownValueError'

/**
 * A copy of a resource's properties with `UNKNOWN` where reading throws. The policy SDK hands out proxies, so that a policy that
 * reads one unknown value ends there and says nothing of the others.
 */
export function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => readAt(value, index))
  return Object.fromEntries(Object.keys(value).map(key => [key, readAt(value, key)]))
}

function readAt(value: object, key: string | number): unknown {
  try {
    return plain((value as Record<string | number, unknown>)[key])
  } catch (error) {
    if (error instanceof Error && error.constructor.name === UNKNOWN_VALUE_ERROR) return UNKNOWN
    throw error
  }
}
