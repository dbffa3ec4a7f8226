import { ALERT_LIMITS, type MetricName } from '../../../runner/names.ts'
import { type AlarmSpec, alarms } from './alarm-spec.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** Alarms of AWS/Backup, by vault: not that a job failed but that none succeeded, which is also so when none began. */
export function vaultAlarms(): AlarmSpec[] {
  const without = (hours: number) =>
    ({
      key: 'backup-age',
      says: `No backup was completed for ${hours} hours`,
      metric: 'NumberOfBackupJobsCompleted',
      statistic: 'Sum',
      comparison: '<',
      missing: 'breaching',
      // CloudWatch looks back seven days at the most.
      periodSeconds: HOUR,
      periods: hours,
    }) as const
  return [...alarms(without(26), { warn: 1 }), ...alarms(without(48), { page: 1 })]
}

/** Alarms of the runner's own metrics, where something brings them to CloudWatch. Ages are made of the moment of a data point and the moment in it. */
export function runnerAlarms(pooled: boolean): AlarmSpec[] {
  const age = (key: string, metric: MetricName, says: string) =>
    ({
      key,
      says,
      metric,
      expression: 'EPOCH(m1) - m1',
      statistic: 'Maximum',
      comparison: '>',
      missing: 'breaching',
      periodSeconds: 300,
      periods: 3,
    }) as const
  const waiting: MetricName = 'pgbouncer_pools_client_maxwait_seconds'
  return [
    ...alarms(
      age(
        'dump-age',
        'howdah_backup_last_success_timestamp_seconds',
        'The newest backup that the runner knows is old',
      ),
      { warn: 26 * HOUR, page: 48 * HOUR },
    ),
    ...alarms(
      age(
        'verified-age',
        'howdah_backup_last_verified_timestamp_seconds',
        'No backup was proved by a restore for long',
      ),
      { warn: 8 * DAY, page: 15 * DAY },
    ),
    ...(pooled
      ? alarms(
          {
            key: 'pooler-wait',
            says: 'Clients wait for a connection of the pooler',
            metric: waiting,
            statistic: 'Maximum',
            comparison: '>',
            missing: 'notBreaching',
          },
          { warn: ALERT_LIMITS.poolerWaitSeconds, page: ALERT_LIMITS.poolerWaitCriticalSeconds },
        )
      : []),
  ]
}
