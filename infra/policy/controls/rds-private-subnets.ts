import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { violation, untold, isSet, listOf, fieldOf } from './inspections.ts'
import { adding } from './mutations.ts'
import { ofTypes, refersTo, referring, referredBy, type Registered } from './registered.ts'
import { isPrimary } from './replicas.ts'
import { DB_INSTANCE, DB_SUBNET_GROUP, SUBNET, ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, INTERNET_GATEWAY } from './resource-types.ts'

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
        refersTo(instance, 'dbSubnetGroupName', group) || group.inputs.name === instance.inputs.dbSubnetGroupName,
    )
    if (groups.length === 0) return [untold(instance, 'its subnet group is not registered here')]
    const subnets = groups.flatMap(group => referredBy(stack, group, 'subnetIds', SUBNET))
    if (subnets.length === 0) return [untold(instance, 'its subnets are not registered here')]
    const open = subnets.filter(subnet => tablesOf(subnet, stack).some(table => leadsOut(table, stack)))
    return open.length === 0
      ? []
      : [violation(instance, `${open.map(({ name }) => name).join(', ')}: a route to an internet gateway`)]
  }),
  mutant: stack => {
    const [instance] = ofTypes(stack, [DB_INSTANCE]).filter(isPrimary)
    const [group] = instance ? referredBy(stack, instance, 'dbSubnetGroupName', DB_SUBNET_GROUP) : []
    const [subnet] = group ? referredBy(stack, group, 'subnetIds', SUBNET) : []
    const [table] = subnet ? tablesOf(subnet, stack) : []
    return adding(
      ROUTE,
      { destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-0a1b2c3d' },
      () => ({ routeTableId: table ? [table.urn] : [] }),
    )(stack)
  },
  enforcement: everywhere,
}

function tablesOf(subnet: Registered, stack: readonly Registered[]): readonly Registered[] {
  return referring(stack, ROUTE_TABLE_ASSOCIATION, 'subnetId', subnet).flatMap(association =>
    referredBy(stack, association, 'routeTableId', ROUTE_TABLE),
  )
}

function leadsOut(table: Registered, stack: readonly Registered[]): boolean {
  const routes = referring(stack, ROUTE, 'routeTableId', table)
  const gateways = ofTypes(stack, [INTERNET_GATEWAY])
  return (
    listOf(table.inputs.routes).some(route => isGateway(fieldOf(route, 'gatewayId'))) ||
    gateways.some(gateway => refersTo(table, 'routes', gateway)) ||
    routes.some(
      route => isGateway(route.inputs.gatewayId) || gateways.some(gateway => refersTo(route, 'gatewayId', gateway)),
    )
  )
}

function isGateway(id: unknown): boolean {
  return String(id).startsWith('igw-')
}
