import { type Expression, promql, type RecordingRule } from '../expression.ts'
import type { Alert } from '../rule.ts'
import { failureCount, failures, slow, slowCount } from '../slo-recordings.ts'
import type { Threshold, Thresholds } from '../thresholds.ts'
import { PATH_PROOFS } from './slo-proofs.ts'

/** Twice the same ratio: over the long window so that a blip wakes nobody, over the short one so that it ends with its cause. */
function burns(
  [short, long]: readonly [RecordingRule, RecordingRule],
  rate: Threshold,
  budget: Threshold,
): Expression {
  return promql`${short} > ${rate} * ${budget} and ${long} > ${rate} * ${budget}`
}

/** What users feel: whether the database answers, and how soon. Burn rates after Google's SRE workbook, "Alerting on SLOs". */
export const slo = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgAvailabilityBurnFast',
    expression: promql`(${burns([failures('5m'), failures('1h')], t.burnFast, t.availabilityBudget)} or ${burns([failures('30m'), failures('6h')], t.burnMedium, t.availabilityBudget)}) and ${failureCount('6h')} > ${t.probesLeast}`,
    for: '2m',
    severity: 'critical',
    summary:
      'Probes of Postgres behind {{ $labels.instance }} fail on the {{ $labels.path }} path, far beyond the objective.',
    description:
      '{{ $value | humanizePercentage }} of them lately; at this rate the failures that 99.9 % allow for 30 days are used up within five days. Does only one of the paths direct and pooler fail? Then it is the pooler. `howdah doctor` tries the connection step by step.',
    proof: PATH_PROOFS.availabilityFast,
  },
  {
    name: 'PgAvailabilityBurnSlow',
    expression: promql`${burns([failures('2h'), failures('72h')], t.burnSlow, t.availabilityBudget)} and ${failureCount('72h')} > ${t.probesLeast}`,
    for: '1h',
    severity: 'warning',
    summary:
      'Probes of Postgres behind {{ $labels.instance }} fail on the {{ $labels.path }} path more often than the objective allows.',
    description:
      '{{ $value | humanizePercentage }} of them in two hours, and more than 0.1 % in three days. Nothing is down for long: look for restarts, failovers, a pooler at its limit, sessions refused.',
    proof: PATH_PROOFS.availabilitySlow,
  },
  {
    name: 'PgLatencyBurnFast',
    expression: promql`(${burns([slow('5m'), slow('1h')], t.burnFast, t.latencyBudget)} or ${burns([slow('30m'), slow('6h')], t.burnMedium, t.latencyBudget)}) and ${slowCount('6h')} > ${t.probesLeast}`,
    for: '5m',
    severity: 'warning',
    summary: 'Postgres behind {{ $labels.instance }} answers slowly on the {{ $labels.path }} path.',
    description:
      '{{ $value | humanizePercentage }} of the probes, which ask for nothing, took longer than 50 ms; 1 % may. The server or the network is short of something: CPU, connections of the pooler, a disk that commits wait for.',
    proof: PATH_PROOFS.latencyFast,
  },
]
