import { waivedOnDev } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, must } from './inspections.ts'
import { setting } from './mutations.ts'
import { LOG_GROUP } from './resource-types.ts'

const DAYS = 365

/**
 * Source: Security Hub, CloudWatch.16; AWS Config rule cw-loggroup-retention-period-check, 365 days by default
 * (config/latest/developerguide), read 2026-11-20. The rule takes "never expires" (0, or nothing) for conforming; here it is
 * not, since what is kept for ever is paid for ever.
 */
export const logRetention: Control = {
  key: 'log-retention',
  ids: ['CloudWatch.16'],
  title: 'CloudWatch log groups should be retained for a specified time period',
  severity: 'medium',
  remedy: '`retentionInDays` of 365 or more',
  ...eachOf([LOG_GROUP], group =>
    must(
      group,
      'retentionInDays',
      days => typeof days === 'number' && days >= DAYS,
      `keeps what it gets for less than ${DAYS} days, or for ever`,
    ),
  ),
  mutant: setting(LOG_GROUP, { retentionInDays: 7 }),
  enforcement: waivedOnDev('logs of dev hold nothing that an audit asks for'),
}
