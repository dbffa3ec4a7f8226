import type { Finding } from './control.ts'
import { untold, violation } from './inspections.ts'
import { type Registered, UNKNOWN } from './registered.ts'

/** At least one tag of our own; `Name` alone tells nobody whose a resource is. */
export function tagged(resource: Registered): readonly Finding[] {
  const tags = resource.inputs.tags
  const keys = tags !== null && typeof tags === 'object' ? Object.keys(tags) : []
  if (keys.some(key => key !== 'Name' && !key.startsWith('aws:'))) return []
  return tags === UNKNOWN
    ? [untold(resource, 'tags are not known before the update')]
    : [violation(resource, 'has no tags')]
}
