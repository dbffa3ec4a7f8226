import type * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { SecretReference } from '../fargate/container.ts'
import type { LogSettings } from '../fargate/log-group.ts'
import type { TaskSize } from '../fargate/size.ts'
import type { TaskTransforms } from '../fargate/task.ts'
import type { Transform } from '../transform.ts'

interface CommonArgs {
  readonly estate: Estate
  readonly vpcId: pulumi.Input<string>
  /** Private subnets, one in each availability zone. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>
  readonly securityGroupIds: {
    /** What applications may connect to, on `port`. */
    readonly loadBalancer: pulumi.Input<string>
    /** What may connect to the database, and on `port` be reached by the load balancer and the runner. */
    readonly pooler: pulumi.Input<string>
  }
  readonly secretsKeyArn: pulumi.Input<string>
  readonly logs: LogSettings
}

interface CommonTransforms {
  readonly logGroup?: Transform<aws.cloudwatch.LogGroupArgs>
}

export interface PgBouncerTransforms extends CommonTransforms, TaskTransforms {
  readonly loadBalancer?: Transform<aws.lb.LoadBalancerArgs>
  readonly targetGroup?: Transform<aws.lb.TargetGroupArgs>
  readonly listener?: Transform<aws.lb.ListenerArgs>
  readonly discovery?: Transform<aws.servicediscovery.ServiceArgs>
  readonly service?: Transform<aws.ecs.ServiceArgs>
  readonly scalingTarget?: Transform<aws.appautoscaling.TargetArgs>
  readonly scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>
}

export interface PgBouncerArgs extends CommonArgs {
  readonly kind: 'pgbouncer'
  /** Where it listens, in front of the load balancer and behind it. */
  readonly port: number
  readonly clusterArn: pulumi.Input<string>
  readonly clusterName: pulumi.Input<string>
  /** The private zone its tasks have their name in. */
  readonly namespaceId: pulumi.Input<string>
  readonly image: pulumi.Input<string>
  readonly imageRepositoryArn: pulumi.Input<string>
  readonly architecture: 'X86_64' | 'ARM64'
  readonly size: TaskSize
  /** PgBouncer has one thread: as many processes as vCPUs. */
  readonly processes: number
  readonly tasks: number
  /** How far autoscaling may go; equal to `tasks`: there is none. */
  readonly maximumTasks: number
  /** `deploymentMaximumPercent`: 200 has twice the tasks, and their connections, while a deployment rolls. */
  readonly maximumPercent: number
  /** pgbouncer.ini, whole, without a password in it. */
  readonly ini: pulumi.Input<string>
  readonly authUser: string
  readonly secrets: {
    readonly authPassword: SecretReference
    readonly adminPassword: SecretReference
    readonly statsPassword: SecretReference
    /** Certificate and key in PEM, for TLS between applications and the pooler. */
    readonly tls?: { readonly certificate: SecretReference; readonly key: SecretReference }
  }
  /** Certificates in PEM that the server's is verified with: the bundle of the region, not the 160 kB of all regions (a task definition has 64 kB). */
  readonly serverCa?: pulumi.Input<string>
  /** Whether the load balancer refuses to be deleted. */
  readonly deletionProtection: boolean
  /** Whether the load balancer of a zone also uses the tasks of the others: even load, for traffic between zones. */
  readonly crossZone: boolean
  /** `false` until the image is in the registry and the secrets have values: without them no task ever starts. */
  readonly started: boolean
  readonly transform?: PgBouncerTransforms
}

export interface RdsProxyTransforms extends CommonTransforms {
  readonly role?: Transform<aws.iam.RoleArgs>
  readonly policy?: Transform<aws.iam.RolePolicyArgs>
  readonly proxy?: Transform<aws.rds.ProxyArgs>
  readonly targetGroup?: Transform<aws.rds.ProxyDefaultTargetGroupArgs>
  readonly target?: Transform<aws.rds.ProxyTargetArgs>
}

export interface RdsProxyArgs extends CommonArgs {
  readonly kind: 'rds-proxy'
  readonly databaseInstanceIdentifier: pulumi.Input<string>
  /** Secrets with `username` and `password`, one for each role that connects; RDS Proxy reads both from there. */
  readonly credentials: readonly { readonly role: string; readonly secretArn: pulumi.Input<string> }[]
  /** Share of `max_connections` the proxy may take. */
  readonly maxConnectionsPercent: number
  /** How long a client waits for a connection, in seconds; RDS' default is 120. */
  readonly borrowTimeoutSeconds: number
  readonly idleClientTimeoutSeconds: number
  readonly transform?: RdsProxyTransforms
}

/** PgBouncer on Fargate, or the proxy RDS has: a union, so that neither has settings of the other. */
export type PoolerArgs = PgBouncerArgs | RdsProxyArgs

/** What alarms on the pooler are told apart by. */
export type PoolerMetrics =
  | {
      readonly kind: 'pgbouncer'
      /** `LoadBalancer` and `TargetGroup` of the namespace AWS/NetworkELB. */
      readonly loadBalancer: pulumi.Output<string>
      readonly targetGroup: pulumi.Output<string>
      /** `ClusterName` and `ServiceName` of AWS/ECS; no service before it is started. */
      readonly clusterName: pulumi.Output<string>
      readonly serviceName: pulumi.Output<string> | undefined
      readonly tasks: number
    }
  | {
      readonly kind: 'rds-proxy'
      /** `ProxyName` of AWS/RDS: DatabaseConnectionsCurrentlySessionPinned, ClientConnections. */
      readonly proxyName: pulumi.Output<string>
    }

/** What either kind comes to. */
export interface RegisteredPooler {
  readonly host: pulumi.Output<string>
  readonly port: number
  readonly logGroupName: pulumi.Output<string>
  readonly metrics: PoolerMetrics
  /** A name with the address of every task, for the runner; RDS Proxy has no console. */
  readonly consoles: { readonly host: string; readonly port: number } | undefined
}
