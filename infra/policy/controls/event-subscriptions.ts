import type { Inspection, Mutation } from './control.ts'
import { isSet, listOf, untold, violation } from './inspections.ts'
import { changing } from './mutations.ts'
import { hasUnknown, ofTypes, type Registered } from './registered.ts'
import { isReplica } from './replicas.ts'
import { DB_EVENT_SUBSCRIPTION, DB_INSTANCE } from './resource-types.ts'

/** A requirement that events of a kind of source reach somebody, in every region that has an instance. */
export function subscriptionFor(sourceType: string, categories: readonly string[]): Inspection {
  return {
    scope: 'stack',
    types: [DB_INSTANCE, DB_EVENT_SUBSCRIPTION],
    validate: stack => {
      const instances = [...ofTypes(stack, [DB_INSTANCE])].sort(
        (a, b) => Number(isReplica(a)) - Number(isReplica(b)),
      )
      const regions = [...new Set(instances.map(({ inputs }) => inputs.region))]
      return regions.flatMap(region => {
        const instance = instances.find(({ inputs }) => inputs.region === region)
        const subscriptions = ofTypes(stack, [DB_EVENT_SUBSCRIPTION]).filter(
          ({ inputs }) => inputs.region === region || !isSet(inputs.region),
        )
        if (!instance || subscriptions.some(each => covers(each, sourceType, categories))) return []
        const unknown = subscriptions.find(({ inputs }) =>
          hasUnknown([inputs.sourceType, inputs.eventCategories, inputs.enabled]),
        )
        if (unknown) return [untold(unknown, 'what it subscribes to is not known before the update')]
        return [violation(instance, `no subscription to ${categories.join(', ')} of ${sourceType}`)]
      })
    },
  }
}

/** Without a source type a subscription is to all of them, without categories to all of those. */
function covers({ inputs }: Registered, sourceType: string, categories: readonly string[]): boolean {
  const subscribed = listOf(inputs.eventCategories)
  return (
    inputs.enabled !== false &&
    (!isSet(inputs.sourceType) || inputs.sourceType === sourceType) &&
    (subscribed.length === 0 || categories.every(category => subscribed.includes(category)))
  )
}

/** The subscription to a kind of source, to none of what matters. */
export function withoutCategories(sourceType: string): Mutation {
  return changing(
    DB_EVENT_SUBSCRIPTION,
    subscription => ({ ...subscription, inputs: { ...subscription.inputs, eventCategories: ['creation'] } }),
    ({ inputs }) => inputs.sourceType === sourceType,
  )
}
