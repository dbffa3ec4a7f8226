import type { Inspection } from './control.ts'
import { eachWithin, isSet, must, violation } from './inspections.ts'
import { ofTypes, type Registered, referring } from './registered.ts'
import { BUCKET } from './resource-types.ts'

/** What says something of a bucket beside it, such as its policy. */
export function companionsOf(
  bucket: Registered,
  stack: readonly Registered[],
  type: string,
): readonly Registered[] {
  const byName = ofTypes(stack, [type]).filter(
    ({ inputs }) => isSet(inputs.bucket) && inputs.bucket === bucket.inputs.bucket,
  )
  return [...new Set([...referring(stack, type, 'bucket', bucket), ...byName])]
}

/** A requirement that each bucket has a companion of a type, which conforms. */
export function anyCompanion(
  type: string,
  path: string,
  holds: (value: unknown) => boolean,
  problem: string,
): Inspection {
  return eachWithin([BUCKET], (bucket, stack) => {
    const companions = companionsOf(bucket, stack, type)
    const unmet = companions.flatMap(companion => must(companion, path, holds, problem))
    return companions.length === 0 ? [violation(bucket, problem)] : unmet
  })
}
