import { max, promql, series } from '../expression.ts'
import { CONNECTIONS_RATIO } from '../recordings.ts'
import type { Alert, Case } from '../rule.ts'
import { percent, type Thresholds } from '../thresholds.ts'

const taken = (active: number, idle: number): Case => ({
  series: {
    'pg_stat_activity_count{datname="app",state="active"}': active,
    'pg_stat_activity_count{datname="other",state="idle"}': idle,
    pg_connection_limit_effective: 100,
  },
})

const idleInTransaction = (seconds: number): Case => ({
  series: { 'pg_stat_activity_max_idle_in_transaction_seconds{datname="app"}': seconds },
})

/** Sessions against the limit, and sessions that keep what they do not use. */
export const connections = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgConnectionsHigh',
    expression: promql`${CONNECTIONS_RATIO} > ${t.connectionsHigh}`,
    for: '5m',
    severity: 'warning',
    summary: `More than ${percent(t.connectionsHigh)} of the connections of {{ $labels.instance }} are taken.`,
    description:
      '{{ $value | humanizePercentage }} of what ordinary roles can use. pg_stat_activity_count tells which database and state grew; a pooler that is bypassed is the usual cause.',
    proof: {
      fires: taken(41, 40),
      silent: [taken(40, 40), { series: { 'pg_stat_activity_count{datname="app",state="active"}': 99 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgConnectionsExhausted',
    expression: promql`${CONNECTIONS_RATIO} > ${t.connectionsExhausted}`,
    for: '1m',
    severity: 'critical',
    summary: `More than ${percent(t.connectionsExhausted)} of the connections of {{ $labels.instance }} are taken.`,
    description:
      '{{ $value | humanizePercentage }} of what ordinary roles can use; the next ones are refused. End idle sessions or lower the pools of the application; a higher max_connections needs a restart and memory.',
    proof: { fires: taken(56, 40), silent: [taken(55, 40)], noData: 'silent' },
  },
  {
    name: 'PgIdleInTransaction',
    expression: promql`${max(series('pg_stat_activity_max_idle_in_transaction_seconds'), 'datname')} > ${t.idleInTransactionSeconds}`,
    for: '1m',
    severity: 'warning',
    summary: 'A session of {{ $labels.datname }} is idle in a transaction.',
    description:
      'For {{ $value | humanizeDuration }} at {{ $labels.instance }}. It keeps its locks, and VACUUM from removing dead rows; the next migration will wait for it.',
    proof: {
      fires: { ...idleInTransaction(301), labels: { datname: 'app' } },
      silent: [idleInTransaction(300)],
      noData: 'silent',
    },
  },
  {
    name: 'PgIdleInTransactionCritical',
    expression: promql`${max(series('pg_stat_activity_max_idle_in_transaction_seconds'), 'datname')} > ${t.idleInTransactionCriticalSeconds}`,
    for: '1m',
    severity: 'critical',
    summary: 'A session of {{ $labels.datname }} has long been idle in a transaction.',
    description:
      'For {{ $value | humanizeDuration }} at {{ $labels.instance }}. End it with pg_terminate_backend, and set idle_in_transaction_session_timeout for its role.',
    proof: {
      fires: { ...idleInTransaction(901), labels: { datname: 'app' } },
      silent: [idleInTransaction(900)],
      noData: 'silent',
    },
  },
]
