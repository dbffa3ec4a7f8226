import { counter, histogram } from '../exposition/metric.ts'

const PATH = ['path'] as const

/**
 * What one `SELECT 1` every five seconds tells of the database as its users meet it; the objectives in `monitoring/rules` are
 * of these. `path` is `direct`, or `pooler` for the address the application uses where that is another.
 */
export const PROBE_METRICS = {
  pg_probe_attempts_total: counter('Probes that ended: a SELECT 1 every five seconds.', PATH),
  pg_probe_failures_total: counter('Probes that failed, or had no answer within two seconds.', PATH),
  pg_probe_duration_seconds: histogram(
    'How long successful probes took, connecting included where that was necessary.',
    PATH,
  ),
} as const
