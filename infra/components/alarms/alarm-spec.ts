/** Whom an alarm tells: somebody in office hours, or whoever is on call, now. */
export type Level = 'warn' | 'page'

export type Statistic = 'Average' | 'Maximum' | 'Minimum' | 'SampleCount' | 'Sum'

/** What an alarm is about, before it is told of an instance's name: a row of the table. */
export interface AlarmSpec {
  /** `cpu`; with the level it is the last part of the alarm's name. */
  readonly key: string
  readonly level: Level
  /** What is the case and what it leads to; the limit is added from the numbers. */
  readonly says: string
  readonly metric: string
  /** The metric is a counter of Database Insights, which is no metric of CloudWatch's but can be asked for by expression. */
  readonly counter?: true
  /** An expression over `m1`, which is the metric; absent: the metric itself. */
  readonly expression?: string
  readonly statistic: Statistic
  readonly comparison: '<' | '<=' | '>' | '>='
  readonly threshold: number
  readonly periodSeconds: number
  /** All of so many periods in a row. */
  readonly periods: number
  /** What the absence of data means. `breaching`: silence is the fault itself; `notBreaching`: there is none while all is well. */
  readonly missing: 'missing' | 'breaching' | 'notBreaching'
}

/** What two levels of one alarm have in common. */
export type AlarmSubject = Omit<AlarmSpec, 'level' | 'threshold' | 'periodSeconds' | 'periods'> &
  Partial<Pick<AlarmSpec, 'periodSeconds' | 'periods'>>

const DEFAULTS = { periodSeconds: 60, periods: 5 }

/** One alarm a level that has a threshold. Thresholds are rounded, since CloudWatch shows all digits. */
export function alarms(
  subject: AlarmSubject,
  thresholds: Partial<Readonly<Record<Level, number>>>,
): AlarmSpec[] {
  const levels: readonly Level[] = ['warn', 'page']
  return levels.flatMap(level => {
    const threshold = thresholds[level]
    return threshold === undefined
      ? []
      : [{ ...DEFAULTS, ...subject, level, threshold: Number(threshold.toPrecision(6)) }]
  })
}
