import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachWithin, fieldOf, isSet, listOf, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { ofTypes, type Registered, referredBy, referring, refersTo, UNKNOWN } from './registered.ts'
import { isPrimary } from './replicas.ts'
import {
  DB_INSTANCE,
  DB_SUBNET_GROUP,
  INTERNET_GATEWAY,
  ROUTE,
  ROUTE_TABLE,
  ROUTE_TABLE_ASSOCIATION,
  SUBNET,
} from './resource-types.ts'

/**
 * Source: Security Hub, RDS.46, reference of this project §1.3, read 2026-11-20. Followed from the instance over its subnet
 * group, the subnets and their route tables. Subnets of a VPC that is not registered here cannot be followed.
 */
export const rdsPrivateSubnets: Control = {
  key: 'rds-private-subnets',
  ids: ['RDS.46'],
  title: 'RDS DB instances should not be deployed in public subnets with routes to internet gateways',
  severity: 'high',
  remedy: 'a subnet group of subnets whose route tables lead to no internet gateway',
  ...eachWithin([DB_INSTANCE], (instance, stack) => {
    if (!isSet(instance.inputs.dbSubnetGroupName)) return []
    const groups = ofTypes(stack, [DB_SUBNET_GROUP]).filter(
      group =>
        refersTo(instance, 'dbSubnetGroupName', group) ||
        group.inputs.name === instance.inputs.dbSubnetGroupName,
    )
    if (groups.length === 0) return [untold(instance, 'its subnet group is not registered here')]
    const subnets = groups.flatMap(group => referredBy(stack, group, 'subnetIds', SUBNET))
    if (subnets.length === 0) return [untold(instance, 'its subnets are not registered here')]
    const tables = subnets.flatMap(subnet => tablesOf(subnet, stack))
    const open = tables.filter(table => leadsOut(table, stack) === true)
    const unclear = tables.filter(table => leadsOut(table, stack) === UNKNOWN)
    const names = (found: readonly Registered[]) => [...new Set(found.map(({ name }) => name))].join(', ')
    if (open.length > 0) return [violation(instance, `${names(open)}: a route to an internet gateway`)]
    return unclear.length > 0
      ? [untold(instance, `${names(unclear)}: where its routes lead is not known before the update`)]
      : []
  }),
  mutant: stack => {
    const [instance] = ofTypes(stack, [DB_INSTANCE]).filter(isPrimary)
    const [group] = instance ? referredBy(stack, instance, 'dbSubnetGroupName', DB_SUBNET_GROUP) : []
    const [subnet] = group ? referredBy(stack, group, 'subnetIds', SUBNET) : []
    const [table] = subnet ? tablesOf(subnet, stack) : []
    return adding(ROUTE, { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-0a1b2c3d' }, () => ({
      routeTableId: table ? [table.urn] : [],
    }))(stack)
  },
  enforcement: everywhere,
}

function tablesOf(subnet: Registered, stack: readonly Registered[]): readonly Registered[] {
  return referring(stack, ROUTE_TABLE_ASSOCIATION, 'subnetId', subnet).flatMap(association =>
    referredBy(stack, association, 'routeTableId', ROUTE_TABLE),
  )
}

function leadsOut(table: Registered, stack: readonly Registered[]): boolean | typeof UNKNOWN {
  const gateways = ofTypes(stack, [INTERNET_GATEWAY])
  const routes = referring(stack, ROUTE, 'routeTableId', table)
  const made =
    gateways.some(gateway => refersTo(table, 'routes', gateway)) ||
    routes.some(route => gateways.some(gateway => refersTo(route, 'gatewayId', gateway)))
  const ids = [
    ...listOf(table.inputs.routes).map(route => fieldOf(route, 'gatewayId')),
    ...routes.map(({ inputs }) => inputs.gatewayId),
  ]
  if (made || ids.some(id => typeof id === 'string' && id.startsWith('igw-'))) return true
  return table.inputs.routes === UNKNOWN || ids.includes(UNKNOWN) ? UNKNOWN : false
}
