import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, fieldOf, isSet, listOf, must, untold, violation } from './inspections.ts'
import { changing } from './mutations.ts'
import { ofTypes, refersTo, valueAt } from './registered.ts'
import { isReplica } from './replicas.ts'
import { DB_INSTANCE, DB_PARAMETER_GROUP } from './resource-types.ts'

/**
 * Source: Security Hub, RDS.38; AWS Config rule rds-postgres-instance-encrypted-in-transit (config/latest/developerguide), read
 * 2026-11-20. The rule also wants the group to be in sync with the instance, which only the running instance tells.
 */
export const rdsForceSsl: Control = {
  key: 'rds-force-ssl',
  ids: ['RDS.38'],
  title: 'RDS for PostgreSQL DB instances should be encrypted in transit',
  severity: 'medium',
  remedy: '`rds.force_ssl` = 1 in a parameter group of our own',
  ...eachWithin([DB_INSTANCE], (instance, stack) => {
    const named = valueAt(instance, 'parameterGroupName')
    const inherits = isReplica(instance) && !isSet(instance.inputs.region) && !isSet(named)
    if (inherits) return []
    if (!isSet(named) || String(named).startsWith('default.'))
      return [violation(instance, 'has the default parameter group')]
    const groups = ofTypes(stack, [DB_PARAMETER_GROUP]).filter(
      group => refersTo(instance, 'parameterGroupName', group) || group.inputs.name === named,
    )
    if (groups.length === 0) return [untold(instance, 'its parameter group is not registered here')]
    return groups.flatMap(group => must(group, 'parameters', forcesSsl, 'rds.force_ssl is not 1'))
  }),
  mutant: changing(DB_PARAMETER_GROUP, group => ({
    ...group,
    inputs: {
      ...group.inputs,
      parameters: listOf(group.inputs.parameters).filter(parameter => !isForceSsl(parameter)),
    },
  })),
  enforcement: everywhere,
}

function forcesSsl(parameters: unknown): boolean {
  return listOf(parameters).some(
    parameter => isForceSsl(parameter) && String(fieldOf(parameter, 'value')) === '1',
  )
}

function isForceSsl(parameter: unknown): boolean {
  return fieldOf(parameter, 'name') === 'rds.force_ssl'
}
