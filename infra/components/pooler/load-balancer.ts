import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { transformed } from '../transform.ts'
import type { PgBouncerArgs } from './pooler-args.ts'

/**
 * How long a task that is to end keeps the connections it has, in seconds; it gets no new ones. SIGTERM comes afterwards, and then PgBouncer waits 100 s more
 * for its clients (Fargate's limit is 120). An application that closes connections by itself sooner than that (`maxLifetimeSeconds`) is never cut off.
 */
export const DEREGISTRATION_DELAY_SECONDS = 120

/** When the load balancer forgets a connection on which nothing is said; PgBouncer sends keepalives after 60 s. */
const IDLE_TIMEOUT_SECONDS = 350

export interface RegisteredBalancer {
  readonly loadBalancer: aws.lb.LoadBalancer
  readonly targetGroup: aws.lb.TargetGroup
  readonly listener: aws.lb.Listener
}

/** Passes TCP through to the tasks, within the VPC: TLS ends in PgBouncer, which also sees who connects. */
export function registerLoadBalancer(
  name: string,
  args: PgBouncerArgs,
  parent: pulumi.Resource,
): RegisteredBalancer {
  const { port, transform } = args
  const tags = { ...args.estate.tags }
  const loadBalancer = new aws.lb.LoadBalancer(
    `${name}-load-balancer`,
    ...transformed<aws.lb.LoadBalancerArgs>(
      transform?.loadBalancer,
      {
        loadBalancerType: 'network',
        internal: true,
        subnets: args.subnetIds,
        securityGroups: [args.securityGroupIds.loadBalancer],
        enableCrossZoneLoadBalancing: args.crossZone,
        enableDeletionProtection: args.deletionProtection,
        tags,
      },
      { parent },
    ),
  )
  const targetGroup = new aws.lb.TargetGroup(
    `${name}-targets`,
    ...transformed<aws.lb.TargetGroupArgs>(
      transform?.targetGroup,
      {
        protocol: 'TCP',
        port,
        targetType: 'ip',
        vpcId: args.vpcId,
        deregistrationDelay: DEREGISTRATION_DELAY_SECONDS,
        connectionTermination: false,
        preserveClientIp: 'true',
        // Whether it accepts a connection, and no more: a question to the database would take every pooler out when the database is away for a minute.
        healthCheck: {
          protocol: 'TCP',
          port: 'traffic-port',
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
        // A pooler too busy to accept has not lost the clients it has.
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false }],
        tags,
      },
      { parent },
    ),
  )
  const listener = new aws.lb.Listener(
    `${name}-listener`,
    ...transformed<aws.lb.ListenerArgs>(
      transform?.listener,
      {
        loadBalancerArn: loadBalancer.arn,
        protocol: 'TCP',
        port,
        tcpIdleTimeoutSeconds: IDLE_TIMEOUT_SECONDS,
        defaultActions: [{ type: 'forward', targetGroupArn: targetGroup.arn }],
        tags,
      },
      { parent },
    ),
  )
  return { loadBalancer, targetGroup, listener }
}
