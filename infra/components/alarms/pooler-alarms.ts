import { type AlarmSpec, alarms } from './alarm-spec.ts'

/** Alarms of AWS/NetworkELB, by target group. */
export function targetAlarms(): AlarmSpec[] {
  return [
    ...alarms(
      {
        key: 'pooler-unhealthy',
        says: 'A pooler does not pass its health check',
        metric: 'UnHealthyHostCount',
        statistic: 'Maximum',
        comparison: '>=',
        missing: 'notBreaching',
      },
      { warn: 1 },
    ),
    ...alarms(
      {
        key: 'pooler-none-healthy',
        says: 'No pooler passes its health check: the pooled address answers nobody',
        metric: 'HealthyHostCount',
        statistic: 'Maximum',
        comparison: '<',
        missing: 'breaching',
        periods: 2,
      },
      { page: 1 },
    ),
  ]
}

/** Alarms of AWS/ECS, by service. Each task reports its use of the processor once a minute, so the samples are the tasks that run. */
export function serviceAlarms({ tasks }: { readonly tasks: number }): AlarmSpec[] {
  return alarms(
    {
      key: 'pooler-tasks',
      says: `Fewer poolers run than the ${tasks} there should be`,
      metric: 'CPUUtilization',
      statistic: 'SampleCount',
      comparison: '<',
      missing: 'breaching',
    },
    { page: tasks },
  )
}

/** Alarms of AWS/RDS, by proxy. */
export function proxyAlarms({ maxConnections }: { readonly maxConnections: number }): AlarmSpec[] {
  return alarms(
    {
      key: 'proxy-pinned',
      says: 'Connections are pinned to one client each, so that they are no longer shared',
      metric: 'DatabaseConnectionsCurrentlySessionPinned',
      statistic: 'Average',
      comparison: '>',
      missing: 'notBreaching',
    },
    { warn: Math.floor(0.1 * maxConnections) },
  )
}
