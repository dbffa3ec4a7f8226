import type { Duration } from './duration.ts'
import { over, promql, type RecordingRule, series, sum } from './expression.ts'

/** A probe that takes longer is slow, in seconds: users notice a page of ten queries then. A bound of the exporter's histogram. */
const SLOW_SECONDS = '0.05'

const rate = (metric: Parameters<typeof series>, window: Duration) =>
  sum(promql`rate(${over(series(...metric), window)})`, 'path')

/** What share of probes failed, by path. */
export const failures = (window: Duration): RecordingRule => ({
  record: `path:pg_probe_failures:ratio_rate${window}`,
  expression: promql`${rate(['pg_probe_failures_total'], window)} / (${rate(['pg_probe_attempts_total'], window)} > 0)`,
})

const answered = ['pg_probe_duration_seconds_count'] as const
const quick = ['pg_probe_duration_seconds_bucket', `le="${SLOW_SECONDS}"`] as const

/** What share of the probes that were answered took longer than the objective, by path. */
export const slow = (window: Duration): RecordingRule => ({
  record: `path:pg_probe_slow:ratio_rate${window}`,
  expression: promql`1 - ${rate([...quick], window)} / (${rate([...answered], window)} > 0)`,
})

const increase = (metric: Parameters<typeof series>, window: Duration) =>
  sum(promql`increase(${over(series(...metric), window)})`, 'path')

/** How many, where a ratio says little: an exporter that has just started knows few probes. */
export const failureCount = (window: Duration) => increase(['pg_probe_failures_total'], window)
export const slowCount = (window: Duration) =>
  promql`(${increase([...answered], window)} - ${increase([...quick], window)})`

export const SLO_RECORDINGS: readonly RecordingRule[] = [
  ...(['5m', '30m', '1h', '2h', '6h', '72h'] as const).map(failures),
  ...(['5m', '30m', '1h', '6h'] as const).map(slow),
]
