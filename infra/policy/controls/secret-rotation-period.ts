import { everywhere } from '../enforcement.ts'
import type { Control } from './control.ts'
import { eachOf, isSet, must, untold, violation } from './inspections.ts'
import { adding } from './mutations.ts'
import { valueAt } from './registered.ts'
import { SECRET_ROTATION } from './resource-types.ts'

const DAYS = 90

/**
 * Source: Security Hub, SecretsManager.4 (turbot/steampipe-mod-aws-compliance, foundational_security/secretsmanager.pp); AWS
 * Config rule secretsmanager-secret-periodic-rotation, 90 days by default; read 2026-11-20.
 */
export const secretRotationPeriod: Control = {
  key: 'secret-rotation-period',
  ids: ['SecretsManager.4'],
  title: 'Secrets Manager secrets should be rotated within a specified number of days',
  severity: 'medium',
  remedy: '`rotationRules.automaticallyAfterDays` of 90 or less',
  ...eachOf([SECRET_ROTATION], rotation => {
    const schedule = valueAt(rotation, 'rotationRules.scheduleExpression')
    if (!isSet(schedule))
      return must(
        rotation,
        'rotationRules.automaticallyAfterDays',
        days => typeof days === 'number' && days <= DAYS,
        `rotates less often than every ${DAYS} days`,
      )
    const rate = /^rate\((\d+) (hour|day)s?\)$/.exec(String(schedule))
    if (!rate) return [untold(rotation, 'a cron expression: how often it rotates is not worked out here')]
    const days = Number(rate[1]) / (rate[2] === 'hour' ? 24 : 1)
    return days <= DAYS ? [] : [violation(rotation, `rotates less often than every ${DAYS} days`)]
  }),
  mutant: adding(SECRET_ROTATION, { secretId: 'example', rotationRules: { automaticallyAfterDays: 365 } }),
  enforcement: everywhere,
}
