import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { type Transform, transformed } from '../transform.ts'

/** How long a resolver may believe an address, in seconds: a task that ended is still asked for that long. */
const ADDRESS_TTL_SECONDS = 5

/** The private zone in which tasks have names: `shop-prod.internal`. */
export function namespaceName({ prefix }: Estate): string {
  return `${prefix}.internal`
}

/** The name of a service with the address of every one of its tasks, before there is any. */
export function discoveryHost(estate: Estate, service: 'pooler' | 'runner'): string {
  return `${service}.${namespaceName(estate)}`
}

/** A name with the address of each task: a load balancer leads to one of them, PAUSE and RECONNECT are for all. */
export function registerDiscovery(
  name: string,
  args: {
    readonly estate: Estate
    readonly service: 'pooler' | 'runner'
    readonly description: string
    readonly namespaceId: pulumi.Input<string>
  },
  transform: Transform<aws.servicediscovery.ServiceArgs> | undefined,
  parent: pulumi.Resource,
): aws.servicediscovery.Service {
  return new aws.servicediscovery.Service(
    name,
    ...transformed<aws.servicediscovery.ServiceArgs>(
      transform,
      {
        name: args.service,
        description: args.description,
        dnsConfig: {
          namespaceId: args.namespaceId,
          routingPolicy: 'MULTIVALUE',
          dnsRecords: [{ type: 'A', ttl: ADDRESS_TTL_SECONDS }],
        },
        // ECS tells Cloud Map how a task is; without this, tasks that do not start would be named as well. The threshold is always 1 and its
        // argument deprecated, but an empty block never reaches AWS and looks like a change that replaces, every time (pulumi-aws #6289).
        healthCheckCustomConfig: { failureThreshold: 1 },
        tags: { ...args.estate.tags },
      },
      { parent },
    ),
  )
}
