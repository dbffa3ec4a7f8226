import { exactIncrease, max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import type { Thresholds } from '../thresholds.ts'

const waits = (blocked: number, seconds: number): Case => ({
  series: { pg_blocked_sessions: blocked, pg_locks_max_wait_seconds: seconds },
})

const chain = (depth: number, seconds: number): Case => ({
  series: { pg_blocking_chain_depth: depth, pg_locks_max_wait_seconds: seconds },
})

const transaction = (seconds: number, state: string, migrating: 0 | 1): Case => ({
  series: {
    [`pg_stat_activity_max_tx_duration{datname="app",state="${state}"}`]: seconds,
    'howdah_migration_running{datname="app"}': migrating,
  },
})

/** Who waits for whom, and who holds on for too long. */
export const locks = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgBlockedSessions',
    expression: promql`${max(series('pg_blocked_sessions'))} > ${t.blockedSessions} or ${max(series('pg_locks_max_wait_seconds'))} > ${t.lockWaitSeconds}`,
    for: '1m',
    severity: 'warning',
    summary: 'Sessions of {{ $labels.instance }} wait for locks.',
    description: `More than ${t.blockedSessions.value} of them, or one for longer than ${t.lockWaitSeconds.value} s. pg_blocking_pids() of a waiting session names who holds the lock.`,
    proof: {
      fires: waits(6, 0),
      silent: [waits(5, 30), { series: { pg_blocked_sessions: 5 } }],
      noData: 'silent',
      also: [waits(0, 31), { series: { pg_locks_max_wait_seconds: 31 } }],
    },
  },
  {
    name: 'PgBlockingChainDeep',
    expression: promql`${max(series('pg_blocking_chain_depth'))} >= ${t.blockingChainDepth} and ${max(series('pg_locks_max_wait_seconds'))} > ${t.blockingChainWaitSeconds}`,
    for: '1m',
    severity: 'critical',
    summary: 'Sessions of {{ $labels.instance }} wait for sessions that wait.',
    description:
      'A chain of {{ $value }} with waits of more than a minute: it grows until every connection is in it. End the session at its root.',
    proof: { fires: chain(3, 61), silent: [chain(2, 61), chain(3, 60)], noData: 'silent' },
  },
  {
    name: 'PgDeadlocks',
    expression: promql`${sum(exactIncrease(series('pg_stat_database_deadlocks'), '10m'), 'datname')} > ${t.deadlocks}`,
    for: '0s',
    severity: 'warning',
    summary: 'Deadlocks in {{ $labels.datname }}.',
    description:
      '{{ $value }} in ten minutes at {{ $labels.instance }}; each cost somebody a transaction. The log of the server shows both statements of each.',
    proof: {
      fires: {
        series: { 'pg_stat_database_deadlocks{datid="1",datname="app"}': '3x19 9x20' },
        at: '9m',
        labels: { datname: 'app' },
      },
      silent: [
        { series: { 'pg_stat_database_deadlocks{datid="1",datname="app"}': '3x19 8x20' }, at: '9m' },
        { series: { 'pg_stat_database_deadlocks{datid="1",datname="app"}': '900x19 3x20' }, at: '9m' },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgLongTransaction',
    expression: promql`${max(series('pg_stat_activity_max_tx_duration', 'state!="idle"'), 'datname')} > ${t.longTransactionSeconds} unless on (job, instance, datname) ${max(series('howdah_migration_running'), 'datname')} == 1`,
    for: '1m',
    severity: 'warning',
    summary: 'A transaction of {{ $labels.datname }} has been open for long.',
    description:
      'For {{ $value | humanizeDuration }} at {{ $labels.instance }}, and no migration is running. Until it ends VACUUM removes no row that died since it began.',
    proof: {
      fires: { ...transaction(541, 'active', 0), labels: { datname: 'app' } },
      silent: [transaction(540, 'active', 0), transaction(5000, 'idle', 0), transaction(5000, 'active', 1)],
      noData: 'silent',
      also: [{ series: { 'pg_stat_activity_max_tx_duration{datname="app",state="active"}': 541 } }],
    },
  },
]
