import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { DEFAULT_METRICS_PORT } from '../../../runner/names.ts'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

/** The groups there can be; a network for a replica has `clients` and `database` alone. */
export type GroupName =
  | 'clients'
  | 'loadBalancer'
  | 'pooler'
  | 'runner'
  | 'monitoring'
  | 'database'
  | 'endpoints'
export type GroupIds = Readonly<Partial<Record<GroupName, pulumi.Output<string>>>>

export interface SecurityGroups {
  readonly ids: GroupIds
  /** Lets one group open connections to another, on both sides. */
  readonly allow: (from: GroupName, to: GroupName, port: number, purpose: string) => void
  /** Lets a group reach a service of AWS that is behind a route rather than an address. */
  readonly allowPrefixList: (from: GroupName, role: string, prefixListId: pulumi.Input<string>) => void
}

interface Wanted {
  readonly estate: Estate
  readonly region: string
  readonly extent: 'full' | 'database'
  readonly endpoints: boolean
  readonly databasePort: number
  readonly poolerPort: number
  readonly transform?: { readonly securityGroup?: Transform<aws.ec2.SecurityGroupArgs> }
}

const PURPOSES: Readonly<Record<GroupName, readonly [kebab: string, purpose: string]>> = {
  clients: ['clients', 'Applications: what has this group may connect to the pooler'],
  loadBalancer: ['load-balancer', 'The load balancer in front of the poolers'],
  pooler: ['pooler', 'The poolers'],
  runner: ['runner', 'The tasks of the runner'],
  monitoring: ['monitoring', 'What scrapes the metrics of the runner'],
  database: ['database', 'The database and its replicas'],
  endpoints: ['endpoints', 'Endpoints of the services of AWS'],
}

const HTTPS = 443

/**
 * One security group for each part, and rules from group to group: no address is ever named, so nothing is open to a network. The groups have no rules of
 * their own, which takes away the one that AWS gives every new group, out to everywhere.
 */
export function makeSecurityGroups(
  parent: pulumi.Resource,
  name: string,
  wanted: Wanted,
  vpcId: pulumi.Input<string>,
): SecurityGroups {
  const { estate, region, transform } = wanted
  const names: readonly GroupName[] = [
    ...(wanted.extent === 'full'
      ? (['clients', 'loadBalancer', 'pooler', 'runner', 'monitoring', 'database'] as const)
      : (['clients', 'database'] as const)),
    ...(wanted.endpoints ? (['endpoints'] as const) : []),
  ]
  const ids = Object.fromEntries(
    names.map(group => {
      const [role, purpose] = PURPOSES[group]
      const made = new aws.ec2.SecurityGroup(
        `${name}-${role}`,
        ...transformed(
          transform?.securityGroup,
          {
            description: purpose,
            vpcId,
            region,
            tags: { ...estate.tags, Name: `${estate.prefix}-${role}` },
          },
          { parent },
        ),
      )
      return [group, made.id]
    }),
  ) as Partial<Record<GroupName, pulumi.Output<string>>>
  const allow = (from: GroupName, to: GroupName, port: number, purpose: string) => {
    const [fromId, toId] = [idOf(ids, from), idOf(ids, to)]
    const rule = `${name}-${PURPOSES[from][0]}-to-${PURPOSES[to][0]}`
    const ports = { fromPort: port, toPort: port, ipProtocol: 'tcp', region, tags: { ...estate.tags } }
    new aws.vpc.SecurityGroupEgressRule(
      `${rule}-out`,
      { securityGroupId: fromId, referencedSecurityGroupId: toId, description: purpose, ...ports },
      { parent },
    )
    new aws.vpc.SecurityGroupIngressRule(
      `${rule}-in`,
      { securityGroupId: toId, referencedSecurityGroupId: fromId, description: purpose, ...ports },
      { parent },
    )
  }
  const allowPrefixList = (from: GroupName, role: string, prefixListId: pulumi.Input<string>) => {
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-${PURPOSES[from][0]}-to-${role}-out`,
      {
        securityGroupId: idOf(ids, from),
        prefixListId,
        description: `To ${role}, through its endpoint`,
        fromPort: HTTPS,
        toPort: HTTPS,
        ipProtocol: 'tcp',
        region,
        tags: { ...estate.tags },
      },
      { parent },
    )
  }
  if (wanted.extent === 'full') connect(wanted, allow)
  else allow('clients', 'database', wanted.databasePort, 'Applications read from the replica')
  return { ids, allow, allowPrefixList }
}

function connect({ databasePort, poolerPort, endpoints }: Wanted, allow: SecurityGroups['allow']): void {
  allow('clients', 'loadBalancer', poolerPort, 'Applications to the poolers')
  allow('loadBalancer', 'pooler', poolerPort, 'Load balancer to each pooler')
  allow('runner', 'pooler', poolerPort, "The runner to each pooler's console")
  allow('pooler', 'database', databasePort, 'Poolers to the database')
  allow('runner', 'database', databasePort, 'The runner to the database, past the poolers')
  allow('monitoring', 'runner', DEFAULT_METRICS_PORT, 'Prometheus to the metrics')
  if (!endpoints) return
  allow('pooler', 'endpoints', HTTPS, 'Poolers to the services of AWS')
  allow('runner', 'endpoints', HTTPS, 'The runner to the services of AWS')
}

function idOf(ids: GroupIds, group: GroupName): pulumi.Output<string> {
  const id = ids[group]
  if (id === undefined) throw new RangeError(`this network has no security group ${group}`)
  return id
}
