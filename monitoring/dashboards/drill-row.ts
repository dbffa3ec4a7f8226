import { max, promql, type SeriesName } from '../rules/expression.ts'
import type { Row } from './draw-dashboard.ts'
import { line, named, table, timeSeries } from './panel.ts'
import { moment, selected } from './query.ts'

const SCENARIO = 'scenario'
const scenario = (metric: SeriesName) => max(selected(metric), SCENARIO)
const LAST = scenario('howdah_dr_drill_last_timestamp_seconds')
const RTO_TARGET = scenario('howdah_dr_drill_target_rto_seconds')

/** Disasters that were rehearsed, against what was promised. */
export const drillRow = (): Row => ({
  title: 'Drills',
  panels: [
    table({
      title: 'Drills',
      description: 'The newest of each scenario, and of those in --drill-targets also what nobody rehearsed.',
      labels: ['instance', SCENARIO],
      columns: [
        {
          title: 'Never rehearsed',
          unit: 'yesNo',
          expression: promql`(${RTO_TARGET} > bool 0 unless ${LAST}) or ${LAST} * 0`,
          limits: [{ alert: 'PgDrDrillOverdue', at: 0 }],
        },
        {
          title: 'Age',
          unit: 'seconds',
          expression: promql`time() - ${LAST}`,
          limits: [{ alert: 'PgDrDrillOverdue', at: 'drillAgeSeconds' }],
        },
        { title: 'Last one', unit: 'moment', expression: moment(LAST) },
        {
          title: 'Passed',
          unit: 'yesNo',
          expression: scenario('howdah_dr_drill_last_status'),
          limits: [{ alert: 'PgDrDrillFailed', at: 0 }],
        },
        { title: 'Back after', unit: 'seconds', expression: scenario('howdah_dr_drill_last_rto_seconds') },
        { title: 'Promised', unit: 'seconds', expression: RTO_TARGET },
        { title: 'Lost', unit: 'seconds', expression: scenario('howdah_dr_drill_last_rpo_seconds') },
        { title: 'Allowed', unit: 'seconds', expression: scenario('howdah_dr_drill_target_rpo_seconds') },
      ],
    }),
    timeSeries({
      title: 'Back after',
      description: 'Measured in the last drill, and what was promised (RTO).',
      unit: 'seconds',
      lines: [
        named('measured', line('howdah_dr_drill_last_rto_seconds', SCENARIO)),
        named('promised', line('howdah_dr_drill_target_rto_seconds', SCENARIO)),
      ],
      limits: [{ alert: 'PgDrRtoBreached' }],
    }),
    timeSeries({
      title: 'Data lost',
      description: 'Measured in the last drill in seconds of writes, and what is allowed (RPO).',
      unit: 'seconds',
      lines: [
        named('measured', line('howdah_dr_drill_last_rpo_seconds', SCENARIO)),
        named('allowed', line('howdah_dr_drill_target_rpo_seconds', SCENARIO)),
      ],
      limits: [{ alert: 'PgDrRpoBreached' }],
    }),
  ],
})
