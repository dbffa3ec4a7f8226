import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { METRIC_ALARM } from './resource-types.ts'

/** Source: Security Hub, CloudWatch.17; AWS Config rule cloudwatch-alarm-action-enabled-check, read 2026-11-20. */
export const alarmActionsEnabled: Control = {
  key: 'alarm-actions-enabled',
  ids: ['CloudWatch.17'],
  title: 'CloudWatch alarm actions should be activated',
  severity: 'high',
  remedy: 'no `actionsEnabled`, or true',
  ...eachOf([METRIC_ALARM], alarm =>
    must(alarm, 'actionsEnabled', value => value !== false, 'its actions are switched off'),
  ),
  mutant: setting(METRIC_ALARM, { actionsEnabled: false }),
  enforcement: waivedOnDev('nobody is on call for a development stack'),
}
