import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { max, series } from '../rules/expression.ts'
import { CHOSEN_SOURCE, moment, TARGET } from './query.ts'

/**
 * What happened, on every graph. The value of each series is the moment itself, so that it is marked where it was however
 * seldom Prometheus is asked, and a series that stays the same marks nothing again.
 */
const MARKS = [
  {
    name: 'Migrations',
    colour: 'purple',
    metric: 'howdah_migration_last_applied_timestamp_seconds',
    labels: ['datname'],
    text: 'A migration of {{datname}} took effect ({{instance}})',
  },
  {
    name: 'Failed migrations',
    colour: 'red',
    metric: 'howdah_migration_last_failure_timestamp_seconds',
    labels: ['datname'],
    text: 'A migration of {{datname}} failed ({{instance}})',
  },
  {
    name: 'Restarts',
    colour: 'orange',
    metric: 'pg_postmaster_start_time_seconds',
    labels: [],
    text: 'Postgres behind {{instance}} started',
  },
] as const

export function annotations(): AnnotationQueryBuilder[] {
  return MARKS.map(({ name, colour, metric, labels, text }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(CHOSEN_SOURCE)
      .enable(true)
      .iconColor(colour)
      .expr(moment(max(series(metric, TARGET), ...labels)).text)
      .step('60s')
      .useValueForTime(true)
      .titleFormat(name)
      .textFormat(text),
  )
}
