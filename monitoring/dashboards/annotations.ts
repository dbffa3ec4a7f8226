import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { max, over, promql, series } from '../rules/expression.ts'
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

/**
 * What changed without leaving its moment behind: marked for as long as the change is within five minutes, so that no step
 * of a query steps over it while less than 38 days are shown (11,000 points of five minutes).
 */
const CHANGES = [
  {
    name: 'Changed roles',
    colour: 'yellow',
    metric: 'pg_replication_is_replica',
    text: 'The server behind {{instance}} was promoted, or became a replica',
  },
  {
    name: 'Changed settings',
    colour: 'blue',
    metric: 'pg_settings_hash',
    text: 'Settings of {{instance}} were changed',
  },
] as const

export function annotations(): AnnotationQueryBuilder[] {
  const changes = CHANGES.map(({ name, colour, metric, text }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(CHOSEN_SOURCE)
      .enable(true)
      .iconColor(colour)
      .expr(promql`${max(promql`changes(${over(series(metric, TARGET), '5m')})`)} > 0`.text)
      .step('60s')
      .titleFormat(name)
      .textFormat(text),
  )
  const moments = MARKS.map(({ name, colour, metric, labels, text }) =>
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
  return [...moments, ...changes]
}
