import * as aws from '@pulumi/aws'
import { type CustomResourceOptions, type Input, interpolate } from '@pulumi/pulumi'
import type { Estate } from '../estate.ts'
import { transformed } from '../transform.ts'
import type { AlarmSpec, Level } from './alarm-spec.ts'
import type { AlarmsTransform } from './alarms-args.ts'

/** What the alarms of one table are about. */
export interface AlarmScope {
  /** Logical names begin with it: `alarms-primary`. */
  readonly name: string
  /** Names at AWS begin with it: `shop-prod-primary`. */
  readonly awsName: string
  readonly estate: Estate
  readonly region: string
  readonly namespace: string
  readonly dimensions: Readonly<Record<string, Input<string>>>
  /** For counters of Database Insights. */
  readonly resourceId?: Input<string>
  readonly actions: Readonly<Record<Level, readonly Input<string>[]>>
  readonly transform: AlarmsTransform
}

const COMPARISONS: Readonly<Record<AlarmSpec['comparison'], string>> = {
  '<': 'LessThanThreshold',
  '<=': 'LessThanOrEqualToThreshold',
  '>': 'GreaterThanThreshold',
  '>=': 'GreaterThanOrEqualToThreshold',
}

/** One alarm for each row; who is told that it is bad is also told that it is good again. */
export function createAlarms(
  specs: readonly AlarmSpec[],
  scope: AlarmScope,
  options: CustomResourceOptions,
): void {
  for (const spec of specs) {
    const actions = [...scope.actions[spec.level]]
    new aws.cloudwatch.MetricAlarm(
      `${scope.name}-${spec.key}-${spec.level}`,
      ...transformed(
        scope.transform.alarm,
        {
          name: `${scope.awsName}-${spec.key}-${spec.level}`,
          alarmDescription: describe(spec),
          region: scope.region,
          comparisonOperator: COMPARISONS[spec.comparison],
          threshold: spec.threshold,
          evaluationPeriods: spec.periods,
          datapointsToAlarm: spec.periods,
          treatMissingData: spec.missing,
          alarmActions: actions,
          okActions: actions,
          ...measure(spec, scope),
          tags: scope.estate.tags,
        },
        options,
      ),
    )
  }
}

function describe(spec: AlarmSpec): string {
  const minutes = (spec.periodSeconds * spec.periods) / 60
  const during = minutes >= 120 ? `${minutes / 60} hours` : `${minutes} minutes`
  return `${spec.says}. ${spec.expression ?? spec.metric} ${spec.comparison} ${spec.threshold}, for ${during}.`
}

function measure(spec: AlarmSpec, scope: AlarmScope): Partial<aws.cloudwatch.MetricAlarmArgs> {
  const { metric: metricName, statistic, periodSeconds: period } = spec
  const { namespace, dimensions } = scope
  if (spec.counter)
    return {
      metricQueries: [
        {
          id: 'e1',
          label: spec.key,
          expression: interpolate`DB_PERF_INSIGHTS('RDS', '${scope.resourceId}', '${metricName}')`,
          period,
          returnData: true,
        },
      ],
    }
  if (spec.expression === undefined) return { namespace, metricName, dimensions, statistic, period }
  return {
    metricQueries: [
      { id: 'm1', metric: { namespace, metricName, dimensions, stat: statistic, period }, returnData: false },
      { id: 'e1', label: spec.key, expression: spec.expression, returnData: true },
    ],
  }
}
