import { max, promql, type SeriesName, series } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import type { Thresholds } from '../thresholds.ts'

const LOST = { scenario: 'region-loss' }
const SCENARIO = '{scenario="region-loss"}'

const of = (name: SeriesName) => max(series(name), 'scenario')

const LAST = of('howdah_dr_drill_last_timestamp_seconds')
const RTO_TARGET = of('howdah_dr_drill_target_rto_seconds')
const RPO_TARGET = of('howdah_dr_drill_target_rpo_seconds')

const measured = (what: 'rto' | 'rpo', last: number, target: number): Case => ({
  series: {
    [`howdah_dr_drill_last_${what}_seconds${SCENARIO}` as const]: last,
    [`howdah_dr_drill_target_${what}_seconds${SCENARIO}` as const]: target,
  },
})

const drilled = (at: number): Case => ({
  series: {
    [`howdah_dr_drill_last_timestamp_seconds${SCENARIO}` as const]: at,
    [`howdah_dr_drill_target_rto_seconds${SCENARIO}` as const]: 3600,
  },
})

/** Disasters that were rehearsed, or should have been. */
export const drills = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgDrDrillOverdue',
    expression: promql`time() - ${LAST} > ${t.drillAgeSeconds} or ${RTO_TARGET} > 0 unless ${LAST}`,
    for: '15m',
    severity: 'warning',
    summary: 'The recovery from {{ $labels.scenario }} was not rehearsed for a quarter.',
    description:
      'Or never, as far as the record at {{ $labels.instance }} goes. Rehearse it in working hours: a runbook that nobody has run is a guess.',
    proof: {
      fires: { ...drilled(-(95 * 86_400) - 1), labels: LOST },
      also: [{ series: { [`howdah_dr_drill_target_rto_seconds${SCENARIO}` as const]: 3600 } }],
      // Not yet 95 days old when the proof looks, 17 minutes after the beginning of time.
      silent: [drilled(1020 - 95 * 86_400)],
      noData: 'silent',
    },
  },
  {
    name: 'PgDrDrillFailed',
    expression: promql`${of('howdah_dr_drill_last_status')} == 0`,
    for: '0s',
    severity: 'critical',
    summary: 'The rehearsed recovery from {{ $labels.scenario }} has failed.',
    description:
      'The last drill on record at {{ $labels.instance }} failed or was cut off: the real thing would have, too. howdah.drill has the code. Mend the step and rehearse again within a week.',
    proof: {
      fires: { series: { [`howdah_dr_drill_last_status${SCENARIO}` as const]: 0 }, labels: LOST },
      silent: [{ series: { [`howdah_dr_drill_last_status${SCENARIO}` as const]: 1 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgDrRtoBreached',
    expression: promql`${of('howdah_dr_drill_last_rto_seconds')} > ${RTO_TARGET}`,
    for: '0s',
    severity: 'critical',
    summary: 'Recovering from {{ $labels.scenario }} takes longer than promised.',
    description:
      '{{ $value | humanizeDuration }} in the last drill ({{ $labels.instance }}), more than the target. Find the step that took longest, and rehearse again within a week; or promise less.',
    proof: {
      fires: { ...measured('rto', 3601, 3600), labels: LOST },
      silent: [measured('rto', 3600, 3600)],
      noData: 'silent',
    },
  },
  {
    name: 'PgDrRpoBreached',
    expression: promql`${of('howdah_dr_drill_last_rpo_seconds')} > ${RPO_TARGET}`,
    for: '0s',
    severity: 'critical',
    summary: 'Recovering from {{ $labels.scenario }} loses more than promised.',
    description:
      'The last drill lost {{ $value | humanizeDuration }} of data ({{ $labels.instance }}), more than the target. Back up or replicate more often, and rehearse again within a week; or promise less.',
    proof: {
      fires: { ...measured('rpo', 901, 900), labels: LOST },
      silent: [measured('rpo', 900, 900)],
      noData: 'silent',
    },
  },
]
