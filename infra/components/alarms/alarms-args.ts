import type * as aws from '@pulumi/aws'
import type { Input } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import type { Transform } from '../transform.ts'
import type { Level } from './alarm-spec.ts'
import type { InstanceSizing } from './instance-facts.ts'

export interface WatchedInstance extends InstanceSizing {
  readonly identifier: Input<string>
  /** `db-ABC…`, by which Database Insights is asked for deadlocks; absent: it is not. */
  readonly resourceId?: Input<string>
}

export interface WatchedReplica extends WatchedInstance {
  /** `replica-1`, `recovery`: part of the names of its alarms. */
  readonly key: string
  /** Absent: the primary's. */
  readonly region?: string
  /** What may be lost if it is promoted, in seconds: a lag beyond it pages. */
  readonly rpoSeconds: number
}

export type WatchedPooler =
  | {
      readonly kind: 'pgbouncer'
      /** Tasks there should be. */
      readonly tasks: number
      readonly clusterName: Input<string>
      readonly serviceName: Input<string>
      readonly loadBalancerArnSuffix: Input<string>
      readonly targetGroupArnSuffix: Input<string>
    }
  | { readonly kind: 'rds-proxy'; readonly proxyName: Input<string> }

/** Somebody who is told; a mail address has to confirm once. */
export interface Subscriber {
  /** Part of the subscription's name: changing it makes another subscription. */
  readonly key: string
  readonly level: Level
  readonly protocol: 'email' | 'email-json' | 'https' | 'lambda' | 'sms' | 'sqs'
  readonly endpoint: Input<string>
}

/** What is watched, and who is told. */
export interface AlarmsArgs {
  readonly estate: Estate
  readonly accountId: Input<string>
  readonly primary: WatchedInstance
  readonly replicas?: readonly WatchedReplica[]
  readonly pooler?: WatchedPooler
  /** The vault's own output, since only a vault that exists can be told to notify; absent: no plan whose backups could be missed. */
  readonly backupVaultName?: Input<string>
  /** Where the runner's metrics are in CloudWatch, if something brings them there; absent: Prometheus alone watches them. */
  readonly runnerMetrics?: {
    readonly namespace: string
    readonly dimensions: Readonly<Record<string, Input<string>>>
  }
  readonly subscribers?: readonly Subscriber[]
  /** Topics of the primary's region that are told as well: a pager that is there already. */
  readonly furtherTopicArns?: Partial<Readonly<Record<Level, readonly Input<string>[]>>>
  /** Whether a trail of CloudTrail records management events, without which EventBridge never hears of calls to AWS. */
  readonly cloudTrail: boolean
  readonly transform?: AlarmsTransform
}

/** What each child is registered with can be changed last; an alarm is told apart by its `name`. */
export interface AlarmsTransform {
  readonly key?: Transform<aws.kms.KeyArgs>
  readonly topic?: Transform<aws.sns.TopicArgs>
  readonly topicPolicy?: Transform<aws.sns.TopicPolicyArgs>
  readonly topicSubscription?: Transform<aws.sns.TopicSubscriptionArgs>
  readonly alarm?: Transform<aws.cloudwatch.MetricAlarmArgs>
  readonly vaultNotifications?: Transform<aws.backup.VaultNotificationsArgs>
  readonly eventSubscription?: Transform<aws.rds.EventSubscriptionArgs>
  readonly eventRule?: Transform<aws.cloudwatch.EventRuleArgs>
  readonly eventTarget?: Transform<aws.cloudwatch.EventTargetArgs>
}
