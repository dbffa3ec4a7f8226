import type { Retention } from './retention.ts'

/** One rule of the plan, before it is told of vaults. */
export interface GenerationRule {
  readonly name: 'continuous' | 'daily' | 'weekly' | 'monthly' | 'yearly'
  /** In UTC. */
  readonly schedule: string
  readonly keepDays: number
  readonly continuous: boolean
  /** A copy of a continuous recovery point is a snapshot, which the daily rule makes already. */
  readonly copied: boolean
}

/**
 * The rules of a plan, youngest generation first. Each begins an hour after the one before, since all of them meet on a first of January that is
 * a Sunday, and one instance has one job at a time.
 */
export function generationRules(retention: Retention, firstHour: number): readonly GenerationRule[] {
  const at = (offset: number) => `0 ${(firstHour + offset) % 24}`
  const snapshot = { continuous: false, copied: true }
  const rules: readonly GenerationRule[] = [
    { name: 'daily', schedule: `cron(${at(0)} * * ? *)`, keepDays: retention.dailyDays, ...snapshot },
    { name: 'weekly', schedule: `cron(${at(1)} ? * SUN *)`, keepDays: retention.weeklyDays, ...snapshot },
    { name: 'monthly', schedule: `cron(${at(2)} 1 * ? *)`, keepDays: retention.monthlyDays, ...snapshot },
    { name: 'yearly', schedule: `cron(${at(3)} 1 1 ? *)`, keepDays: retention.yearlyDays, ...snapshot },
    {
      name: 'continuous',
      schedule: `cron(${at(4)} * * ? *)`,
      keepDays: retention.continuousDays,
      continuous: true,
      copied: false,
    },
  ]
  return rules.filter(rule => rule.keepDays > 0)
}
