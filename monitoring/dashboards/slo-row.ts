import { promql, type SeriesName, sum } from '../rules/expression.ts'
import { THRESHOLDS } from '../rules/thresholds.ts'
import type { Row } from './draw-dashboard.ts'
import { legendOf, stat, timeSeries } from './panel.ts'
import { perSecond, selected } from './query.ts'

const PATH = legendOf(['path'])
/** Within thirty days, or for as long as Prometheus keeps what it has. */
const within30Days = (counter: { text: string; metrics: readonly SeriesName[] }) =>
  sum(promql`increase(${{ ...counter, text: `${counter.text}[30d]` }})`, 'path')

const ATTEMPTS = within30Days(selected('pg_probe_attempts_total'))
const FAILURES = within30Days(selected('pg_probe_failures_total'))
const ANSWERED = within30Days(selected('pg_probe_duration_seconds_count'))
const QUICK = within30Days(selected('pg_probe_duration_seconds_bucket', 'le="0.05"'))

/** What clients meet, measured by a SELECT 1 of the runner's every five seconds. */
export const sloRow = (): Row => ({
  title: 'What clients meet',
  panels: [
    stat({
      title: 'Failures left to the objective',
      description:
        'Share of what 99.9 % allow within 30 days, or as long as Prometheus keeps. Below zero the objective is missed: no risks until it is back.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`1 - ${FAILURES} / (${ATTEMPTS} > 0) / ${THRESHOLDS.availabilityBudget}`,
          legend: PATH,
        },
      ],
      limits: [{ alert: 'PgAvailabilityBurnFast' }, { alert: 'PgAvailabilityBurnSlow' }],
      width: 12,
    }),
    stat({
      title: 'Slow answers left to the objective',
      description: 'The same for 99 % within 50 ms.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`1 - (1 - ${QUICK} / (${ANSWERED} > 0)) / ${THRESHOLDS.latencyBudget}`,
          legend: PATH,
        },
      ],
      limits: [{ alert: 'PgLatencyBurnFast' }],
      width: 12,
    }),
    timeSeries({
      title: 'Failed probes',
      description: 'Share of attempts at a SELECT 1 that failed, directly and by way of the pooler.',
      unit: 'ratio',
      lines: [
        {
          expression: promql`${sum(perSecond(selected('pg_probe_failures_total')), 'path')} / (${sum(perSecond(selected('pg_probe_attempts_total')), 'path')} > 0)`,
          legend: PATH,
        },
      ],
      limits: [{ alert: 'PgAvailabilityBurnFast' }, { alert: 'PgAvailabilityBurnSlow' }],
      most: 1,
    }),
    timeSeries({
      title: 'Probe latency',
      description:
        'What a client waits for the simplest answer there is: half of the time, and once in a hundred.',
      unit: 'seconds',
      lines: (
        [
          ['median', '0.5'],
          ['99th percentile', '0.99'],
        ] as const
      ).map(([name, quantile]) => ({
        expression: promql`histogram_quantile(${{ text: quantile, metrics: [] }}, ${sum(perSecond(selected('pg_probe_duration_seconds_bucket')), 'path', 'le')})`,
        legend: `${name} ${PATH}`,
      })),
      limits: [{ alert: 'PgLatencyBurnFast' }],
    }),
  ],
})
