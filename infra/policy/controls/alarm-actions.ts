import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, listOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { METRIC_ALARM } from './resource-types.ts'

/** Source: Security Hub, CloudWatch.15; AWS Config rule cloudwatch-alarm-action-check, read 2026-11-20. */
export const alarmActions: Control = {
  key: 'alarm-actions',
  ids: ['CloudWatch.15'],
  title: 'CloudWatch alarms should have specified actions configured',
  severity: 'high',
  remedy: '`alarmActions` with a topic',
  ...eachOf([METRIC_ALARM], alarm =>
    listOf(alarm.inputs.alarmActions).length > 0
      ? []
      : must(alarm, 'alarmActions', () => false, 'tells nobody'),
  ),
  mutant: setting(METRIC_ALARM, { alarmActions: [] }),
  enforcement: waivedOnDev('nobody is on call for a development stack'),
}
