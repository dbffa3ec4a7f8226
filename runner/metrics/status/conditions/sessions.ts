import { plural } from '../../../core/units.ts'
import { ALERT_LIMITS } from '../../alert-limits.ts'
import { above, type ConditionRule, type Level, levels } from '../condition.ts'
import type { Readings } from '../readings.ts'
import { asPercent, inWords } from '../wording.ts'

const connections = ({ limit, ...level }: Level): ConditionRule => ({
  ...level,
  reads: ['pg_stat_activity_count', 'pg_connection_limit_effective'],
  always: ['pg_stat_activity_count', 'pg_connection_limit_effective'],
  find: readings => {
    const used = readings.sum('pg_stat_activity_count')
    const most = readings.max('pg_connection_limit_effective')
    if (used === undefined || most === undefined || used / most <= limit) return []
    return [
      {
        sentence: `${used} of ${most} connections are taken (${asPercent(used / most)}; limit ${asPercent(limit)}).`,
      },
    ]
  },
})

const idleInTransaction = ({ limit, ...level }: Level): ConditionRule =>
  above({
    ...level,
    metric: 'pg_stat_activity_max_idle_in_transaction_seconds',
    by: ['datname'],
    above: limit,
    always: true,
    say: seconds =>
      `A session has been idle in a transaction for ${inWords(seconds)} (limit ${inWords(limit)}).`,
  })

const veryLongQuery = ({ limit, ...level }: Level): ConditionRule =>
  above({
    ...level,
    metric: 'pg_stat_activity_max_query_seconds',
    by: ['datname'],
    above: limit,
    always: true,
    say: seconds => `A query has been running for ${inWords(seconds)} (limit ${inWords(limit)}).`,
  })

const migrating = (readings: Readings): ReadonlySet<string | undefined> =>
  new Set(
    readings
      .all('howdah_migration_running')
      .filter(({ value }) => value === 1)
      .map(({ labels }) => labels.datname),
  )

/** Sessions: how many, whom they wait for, and what they keep. */
export const SESSION_CONDITIONS: readonly ConditionRule[] = [
  ...levels(
    connections,
    ['PgConnectionsHigh', ALERT_LIMITS.connectionsHigh],
    ['PgConnectionsExhausted', ALERT_LIMITS.connectionsExhausted],
  ),
  {
    alert: 'PgBlockingChainDeep',
    severity: 'critical',
    reads: ['pg_blocking_chain_depth', 'pg_locks_max_wait_seconds'],
    always: ['pg_blocking_chain_depth', 'pg_locks_max_wait_seconds'],
    find: readings => {
      const depth = readings.max('pg_blocking_chain_depth') ?? 0
      const seconds = readings.max('pg_locks_max_wait_seconds') ?? 0
      const holds =
        depth >= ALERT_LIMITS.blockingChainDepth && seconds > ALERT_LIMITS.blockingChainWaitSeconds
      return holds
        ? [{ sentence: `${depth} sessions wait in a row, the longest for ${inWords(seconds)}.` }]
        : []
    },
  },
  {
    alert: 'PgBlockedSessions',
    severity: 'warning',
    reads: ['pg_blocked_sessions', 'pg_locks_max_wait_seconds'],
    always: ['pg_blocked_sessions', 'pg_locks_max_wait_seconds'],
    find: readings => {
      const blocked = readings.max('pg_blocked_sessions') ?? 0
      const seconds = readings.max('pg_locks_max_wait_seconds') ?? 0
      const holds = blocked > ALERT_LIMITS.blockedSessions || seconds > ALERT_LIMITS.lockWaitSeconds
      if (!holds) return []
      const limits = `limits ${ALERT_LIMITS.blockedSessions} and ${inWords(ALERT_LIMITS.lockWaitSeconds)}`
      return [
        {
          sentence: `Waiting for a lock: ${plural(blocked, 'session')}, the longest for ${inWords(seconds)} (${limits}).`,
        },
      ]
    },
  },
  {
    alert: 'PgLongTransaction',
    severity: 'warning',
    reads: ['pg_stat_activity_max_tx_duration', 'howdah_migration_running'],
    always: ['pg_stat_activity_max_tx_duration'],
    find: readings => {
      const excused = migrating(readings)
      return readings
        .maxBy('pg_stat_activity_max_tx_duration', ['datname'], ({ state }) => state !== 'idle')
        .filter(
          ({ labels, value }) => value > ALERT_LIMITS.longTransactionSeconds && !excused.has(labels.datname),
        )
        .map(({ labels, value }) => ({
          subject: labels.datname ?? '',
          sentence: `A transaction has been open for ${inWords(value)} (limit ${inWords(ALERT_LIMITS.longTransactionSeconds)}).`,
        }))
    },
  },
  ...levels(
    idleInTransaction,
    ['PgIdleInTransaction', ALERT_LIMITS.idleInTransactionSeconds],
    ['PgIdleInTransactionCritical', ALERT_LIMITS.idleInTransactionCriticalSeconds],
  ),
  ...levels(
    veryLongQuery,
    ['PgQueryVeryLong', ALERT_LIMITS.veryLongQuerySeconds],
    ['PgQueryVeryLongCritical', ALERT_LIMITS.veryLongQueryCriticalSeconds],
  ),
  {
    alert: 'PgSlowQueriesActive',
    severity: 'warning',
    reads: ['pg_stat_activity_slow_queries'],
    always: ['pg_stat_activity_slow_queries'],
    find: readings => {
      const slow = readings.sum('pg_stat_activity_slow_queries', ({ threshold }) => threshold === '1s') ?? 0
      const limit = ALERT_LIMITS.slowQueriesActive
      return slow > limit
        ? [{ sentence: `${slow} queries have been running for more than a second (limit ${limit}).` }]
        : []
    },
  },
]
