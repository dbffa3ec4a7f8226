import { Alarms, type AlarmsArgs, type WatchedInstance } from '../../../infra/components/alarms/alarms.ts'
import { ACCOUNT } from '../../harness/pulumi-facts.ts'
import { type Registered, registrationsOf } from '../../harness/pulumi-registrations.ts'
import { PRODUCTION } from './estates.ts'

export const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'
export const TOPIC = 'aws:sns/topic:Topic'

export const PRIMARY: WatchedInstance = {
  identifier: 'shop-prod-1',
  resourceId: 'db-ABC',
  instanceClass: 'db.r8g.large',
  allocatedStorageGib: 400,
  maxAllocatedStorageGib: 1600,
  storageType: 'gp3',
  maxConnections: 500,
  insights: true,
}

/** With everything there is to watch. */
export const ALL: AlarmsArgs = {
  estate: PRODUCTION,
  accountId: ACCOUNT,
  primary: PRIMARY,
  replicas: [
    {
      ...PRIMARY,
      key: 'replica-1',
      identifier: 'shop-prod-1-replica-1',
      resourceId: 'db-DEF',
      rpoSeconds: 300,
    },
    {
      ...PRIMARY,
      key: 'recovery',
      identifier: 'shop-prod-1-recovery',
      resourceId: 'db-GHI',
      region: 'eu-west-1',
      rpoSeconds: 900,
    },
  ],
  pooler: {
    kind: 'pgbouncer',
    tasks: 3,
    clusterName: 'shop-prod',
    serviceName: 'pooler',
    loadBalancerArnSuffix: 'net/shop-prod/0123',
    targetGroupArnSuffix: 'targetgroup/shop-prod/4567',
  },
  backupVaultName: 'shop-prod-backups',
  runnerMetrics: { namespace: 'Howdah', dimensions: { cluster: 'shop-prod' } },
  subscribers: [
    { key: 'team', level: 'warn', protocol: 'email', endpoint: 'team@example.org' },
    { key: 'pager', level: 'page', protocol: 'https', endpoint: 'https://pager.example.org/shop' },
  ],
  furtherTopicArns: { page: [`arn:aws:sns:eu-central-1:${ACCOUNT}:pager`] },
  cloudTrail: true,
}

export const registered = (args: AlarmsArgs) => registrationsOf(() => new Alarms('alarms', args))

/** What everything registers, heard once: nothing in it differs from run to run. */
let heard: Promise<Registered> | undefined
export function registeredAll(): Promise<Registered> {
  heard ??= registered(ALL)
  return heard
}
