import { plural } from '../../../core/units.ts'
import { ALERT_LIMITS } from '../../alert-limits.ts'
import { above, type ConditionRule, type Level, levels } from '../condition.ts'
import { inWords } from '../wording.ts'

const waiting = ({ limit, ...level }: Level): ConditionRule => ({
  ...level,
  reads: ['pgbouncer_pools_client_waiting_connections', 'pgbouncer_pools_client_maxwait_seconds'],
  find: readings => {
    const by = ['pooler', 'database'] as const
    const longest = readings.maxBy('pgbouncer_pools_client_maxwait_seconds', by)
    return longest.flatMap(({ labels: { pooler = '', database = '' }, value: seconds }) => {
      const clients = readings.sum(
        'pgbouncer_pools_client_waiting_connections',
        labels => labels.pooler === pooler && labels.database === database,
      )
      if (seconds <= limit || clients === undefined || clients === 0) return []
      const sentence = `${plural(clients, 'client')} of ${database} wait for a connection, the longest for ${inWords(seconds)}.`
      return [{ subject: `${pooler}.${database}`, sentence }]
    })
  },
})

/** What is decided also while the server is away. */
export const POOLER_CONDITIONS: readonly ConditionRule[] = [
  {
    alert: 'PgBouncerDown',
    severity: 'critical',
    reads: ['pgbouncer_up'],
    find: readings =>
      readings
        .maxBy('pgbouncer_up', ['pooler'])
        .filter(({ value }) => value === 0)
        .map(({ labels }) => ({
          subject: labels.pooler ?? '',
          sentence: 'The console of this PgBouncer does not answer.',
        })),
  },
  ...levels(
    waiting,
    ['PgBouncerClientsWaiting', ALERT_LIMITS.poolerWaitSeconds],
    ['PgBouncerClientsWaitingCritical', ALERT_LIMITS.poolerWaitCriticalSeconds],
  ),
]

export const DOWN_CONDITION: ConditionRule = {
  alert: 'PgDown',
  severity: 'critical',
  reads: ['pg_up'],
  find: readings => (readings.max('pg_up') === 0 ? [{ sentence: 'The server does not answer.' }] : []),
}

/** The watching itself. */
export const WATCHING_CONDITIONS: readonly ConditionRule[] = [
  {
    alert: 'PgCollectorFailing',
    severity: 'warning',
    reads: ['pg_scrape_collector_success'],
    find: readings =>
      readings
        .all('pg_scrape_collector_success')
        .filter(({ value }) => value === 0)
        .map(({ labels }) => ({
          subject: labels.collector ?? '',
          sentence: 'This collector failed; the log of `howdah serve` says why. What it measures is unknown.',
        })),
  },
  above({
    alert: 'PgScrapeSlow',
    severity: 'warning',
    metric: 'pg_exporter_last_scrape_duration_seconds',
    above: ALERT_LIMITS.scrapeSlowSeconds,
    say: seconds => `Measuring took ${inWords(seconds)} (limit ${inWords(ALERT_LIMITS.scrapeSlowSeconds)}).`,
  }),
]
