import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import type { AlarmSpec, Level } from './alarm-spec.ts'
import type { AlarmsArgs, WatchedInstance, WatchedReplica } from './alarms-args.ts'
import { runnerAlarms, vaultAlarms } from './backup-alarms.ts'
import { createAlarms } from './create-alarms.ts'
import { createEventRules, createEventSubscriptions, createVaultNotifications } from './events.ts'
import { instanceAlarms } from './instance-alarms.ts'
import { capacityOfSizing } from './instance-facts.ts'
import { proxyAlarms, serviceAlarms, targetAlarms } from './pooler-alarms.ts'
import { createTopics, type Topics } from './topics.ts'

export type {
  AlarmsArgs,
  AlarmsTransform,
  Subscriber,
  WatchedInstance,
  WatchedPooler,
  WatchedReplica,
} from './alarms-args.ts'

/**
 * Alarms of CloudWatch on what it can know, events of RDS, of AWS Backup and of who takes protections away; two topics, warn and page, in each
 * region. A class whose size is unknown is refused (`RefusedSetting`) before anything is registered.
 */
export class Alarms extends ComponentResource {
  readonly warnTopicArn: Output<string>
  readonly pageTopicArn: Output<string>
  /** Names of all alarms, sorted: for the runbook, and to see what is not watched. */
  readonly alarmNames: readonly string[]

  constructor(name: string, args: AlarmsArgs, options?: ComponentResourceOptions) {
    const tables = tablesOf(args)
    super('howdah:aws:Alarms', name, {}, options)
    const { estate } = args
    const child = { parent: this }
    const regions = new Map<string, Topics>()
    for (const region of regionsOf(args)) {
      const inRegion = region === estate.region ? name : `${name}-${region}`
      const topics = createTopics(inRegion, args, region, child)
      regions.set(region, topics)
      const instances = tables.flatMap(table =>
        table.instance && table.region === region ? [table.instance.identifier] : [],
      )
      if (instances.length > 0) createEventSubscriptions(inRegion, args, topics, child)
      createEventRules(inRegion, args, topics, instances, child)
    }
    for (const { key, region, specs, namespace, dimensions, instance } of tables) {
      createAlarms(
        specs,
        {
          name: `${name}-${key}`,
          awsName: `${estate.prefix}-${key}`,
          estate,
          region,
          namespace,
          dimensions,
          ...(instance?.resourceId !== undefined && { resourceId: instance.resourceId }),
          actions: actionsIn(topicsOf(regions, region), args),
          transform: args.transform ?? {},
        },
        child,
      )
    }
    const home = topicsOf(regions, estate.region)
    createVaultNotifications(name, args, home, child)
    const { warn, page } = home
    this.warnTopicArn = warn.arn
    this.pageTopicArn = page.arn
    this.alarmNames = tables
      .flatMap(({ key, specs }) => specs.map(spec => `${estate.prefix}-${key}-${spec.key}-${spec.level}`))
      .sort()
    this.registerOutputs({
      warnTopicArn: this.warnTopicArn,
      pageTopicArn: this.pageTopicArn,
      alarmNames: this.alarmNames,
    })
  }
}

/** Alarms about one thing: which, where, and by what dimensions CloudWatch knows it. */
interface Table {
  readonly key: string
  readonly region: string
  readonly namespace: string
  readonly dimensions: Readonly<Record<string, Input<string>>>
  readonly specs: readonly AlarmSpec[]
  readonly instance?: WatchedInstance
}

function tablesOf(args: AlarmsArgs): readonly Table[] {
  const { estate } = args
  return [
    instanceTable('primary', 'howdah:database.instanceClass', args.primary, estate.region),
    ...(args.replicas ?? []).map(replica =>
      instanceTable(
        replica.key,
        replica.region === undefined
          ? 'howdah:replicas.instanceClass'
          : 'howdah:replicas.recoveryInstanceClass',
        replica,
        replica.region ?? estate.region,
        replica,
      ),
    ),
    ...poolerTables(args),
    ...(args.backupVaultName === undefined
      ? []
      : [
          {
            key: 'vault',
            region: estate.region,
            namespace: 'AWS/Backup',
            dimensions: { BackupVaultName: args.backupVaultName },
            specs: vaultAlarms(),
          },
        ]),
    ...(args.runnerMetrics
      ? [
          {
            key: 'runner',
            region: estate.region,
            ...args.runnerMetrics,
            specs: runnerAlarms(args.pooler?.kind === 'pgbouncer'),
          },
        ]
      : []),
  ]
}

function instanceTable(
  key: string,
  setting: string,
  instance: WatchedInstance,
  region: string,
  replica?: WatchedReplica,
): Table {
  const specs = instanceAlarms({
    ...instance,
    capacity: capacityOfSizing(setting, instance),
    watchesDeadlocks: instance.resourceId !== undefined,
    ...(replica && { replica }),
  })
  return {
    key,
    region,
    namespace: 'AWS/RDS',
    dimensions: { DBInstanceIdentifier: instance.identifier },
    specs,
    instance,
  }
}

function poolerTables({ estate: { region }, pooler, primary }: AlarmsArgs): readonly Table[] {
  if (!pooler) return []
  if (pooler.kind === 'rds-proxy')
    return [
      {
        key: 'proxy',
        region,
        namespace: 'AWS/RDS',
        dimensions: { ProxyName: pooler.proxyName },
        specs: proxyAlarms(primary),
      },
    ]
  return [
    {
      key: 'target',
      region,
      namespace: 'AWS/NetworkELB',
      dimensions: {
        LoadBalancer: pooler.loadBalancerArnSuffix,
        TargetGroup: pooler.targetGroupArnSuffix,
      },
      specs: targetAlarms(),
    },
    {
      key: 'service',
      region,
      namespace: 'AWS/ECS',
      dimensions: { ClusterName: pooler.clusterName, ServiceName: pooler.serviceName },
      specs: serviceAlarms(pooler),
    },
  ]
}

/** Where something is that can be told of: instances, and vaults and keys with copies. */
function regionsOf({ estate, replicas = [] }: AlarmsArgs): ReadonlySet<string> {
  return new Set([
    estate.region,
    ...(estate.recoveryRegion === undefined ? [] : [estate.recoveryRegion]),
    ...replicas.flatMap(({ region }) => (region === undefined ? [] : [region])),
  ])
}

function topicsOf(regions: ReadonlyMap<string, Topics>, region: string): Topics {
  const topics = regions.get(region)
  if (!topics) throw new Error(`no topics in ${region}`)
  return topics
}

function actionsIn(topics: Topics, args: AlarmsArgs): Readonly<Record<Level, readonly Input<string>[]>> {
  // A topic of another region cannot be told.
  const further = topics.region === args.estate.region ? args.furtherTopicArns : undefined
  return {
    warn: [topics.warn.arn, ...(further?.warn ?? [])],
    page: [topics.page.arn, ...(further?.page ?? [])],
  }
}
