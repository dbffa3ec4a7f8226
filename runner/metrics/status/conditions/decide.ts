import { describeMetrics } from '../../describe.ts'
import type { Condition, ConditionRule, Undecided } from '../condition.ts'
import type { Readings } from '../readings.ts'
import { DOWN_CONDITION, POOLER_CONDITIONS, WATCHING_CONDITIONS } from './availability.ts'
import { MIGRATION_CONDITIONS } from './migrations.ts'
import { RECORD_CONDITIONS } from './records.ts'
import { REPLICATION_CONDITIONS } from './replication.ts'
import { SESSION_CONDITIONS } from './sessions.ts'
import { STORAGE_CONDITIONS } from './storage.ts'

/** What only a server that answers can tell. */
const OF_THE_SERVER: readonly ConditionRule[] = [
  ...SESSION_CONDITIONS,
  ...REPLICATION_CONDITIONS,
  ...MIGRATION_CONDITIONS,
  ...RECORD_CONDITIONS,
  ...STORAGE_CONDITIONS,
  ...WATCHING_CONDITIONS,
]

/** Every alert that one snapshot can decide; the others need a history, which Prometheus has. */
export const CONDITION_RULES: readonly ConditionRule[] = [
  DOWN_CONDITION,
  ...POOLER_CONDITIONS,
  ...OF_THE_SERVER,
]

export interface Decision {
  /** The critical ones first. */
  readonly firing: readonly Condition[]
  /** What could not be judged; empty while the server is away, since then it is everything. */
  readonly undecided: readonly Undecided[]
}

/** What is the case in this snapshot. */
export function decide(readings: Readings): Decision {
  const away = readings.max('pg_up') !== 1
  const rules = away ? [DOWN_CONDITION, ...POOLER_CONDITIONS] : CONDITION_RULES
  const collectorOf = new Map(describeMetrics().map(({ name, collector }) => [name, collector]))
  const undecided: Undecided[] = []
  const found = rules.flatMap(rule => {
    const reason = away ? undefined : whyUndecided(rule, readings, collectorOf)
    if (reason !== undefined) undecided.push({ alert: rule.alert, reason })
    const { alert, severity, supersedes } = rule
    return rule
      .find(readings)
      .map(({ subject = null, sentence }) => ({ alert, severity, subject, sentence, supersedes }))
  })
  const said = new Set(found.map(({ supersedes, subject }) => `${supersedes} ${subject}`))
  const firing = found.flatMap(({ supersedes: _, ...condition }) =>
    said.has(`${condition.alert} ${condition.subject}`) ? [] : [condition],
  )
  const critical = firing.filter(({ severity }) => severity === 'critical')
  return { firing: [...critical, ...firing.filter(({ severity }) => severity === 'warning')], undecided }
}

function whyUndecided(
  { reads, always = [] }: ConditionRule,
  readings: Readings,
  collectorOf: ReadonlyMap<string, string | null>,
): string | undefined {
  for (const metric of reads) {
    const collector = collectorOf.get(metric)
    const failed = readings
      .all('pg_scrape_collector_success', labels => labels.collector === collector)
      .some(({ value }) => value === 0)
    const waits = readings
      .all('pg_scrape_collector_pending', labels => labels.collector === collector)
      .some(({ value }) => value === 1)
    if (waits) return `the collector ${collector} has not had its turn yet`
    if (failed) return `the collector ${collector} failed`
    if (always.includes(metric) && readings.all(metric).length === 0)
      return 'hidden from the role that monitors'
  }
  const hidden = readings.sum('pg_stat_activity_count', ({ state }) => state === 'hidden') ?? 0
  if (
    hidden > 0 &&
    reads.some(metric => collectorOf.get(metric) === 'activity' && metric !== 'pg_stat_activity_count')
  )
    return 'hidden from the role that monitors'
  return undefined
}
