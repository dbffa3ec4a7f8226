import { exactIncrease, max, promql, series, sum } from '../expression.ts'
import type { Alert, Case } from '../rule.ts'
import type { Threshold, Thresholds } from '../thresholds.ts'

const lag = (seconds: number, replica: 0 | 1): Case => ({
  series: { pg_replication_lag_seconds: seconds, pg_replication_is_replica: replica },
})

const lagAbove = (threshold: Threshold) =>
  promql`${max(series('pg_replication_lag_seconds'))} > ${threshold} and on (job, instance) ${max(series('pg_replication_is_replica'))} == 1`

const byteLag = (bytes: number): Case => ({
  series: {
    'pg_stat_replication_replay_lag_bytes{application_name="r1",client_addr="10.0.0.2",sync_state="async"}':
      bytes,
  },
})

const conflicts = (values: string): Case => ({
  series: { 'pg_stat_database_conflicts{datid="1",datname="app"}': values },
  at: '9m',
})

/** Replicas, seen from both sides, and slots. */
export const replication = (t: Thresholds): readonly Alert[] => [
  {
    name: 'PgReplicationLagHigh',
    expression: lagAbove(t.replicationLagSeconds),
    for: '2m',
    severity: 'warning',
    summary: 'The replica {{ $labels.instance }} is behind.',
    description:
      'Its newest data is {{ $value | humanizeDuration }} old. Replay that waits for a query on the replica, or a disk that is too slow for it, are the usual causes.',
    proof: {
      fires: lag(31, 1),
      silent: [lag(30, 1), lag(1000, 0), { series: { pg_replication_lag_seconds: 1000 } }],
      noData: 'silent',
    },
  },
  {
    name: 'PgReplicationLagCritical',
    expression: lagAbove(t.replicationLagCriticalSeconds),
    for: '5m',
    severity: 'critical',
    summary: 'The replica {{ $labels.instance }} is far behind.',
    description:
      'Its newest data is {{ $value | humanizeDuration }} old: that much would be lost with the primary. Take it out of the pool of readers.',
    proof: { fires: lag(301, 1), silent: [lag(300, 1), lag(1000, 0)], noData: 'silent' },
  },
  {
    name: 'PgReplicationBroken',
    expression: promql`${max(series('pg_replication_is_replica'))} == 1 unless on (job, instance) ${max(series('pg_stat_wal_receiver_up'))} == 1`,
    for: '2m',
    severity: 'critical',
    summary: 'The replica {{ $labels.instance }} receives nothing.',
    description:
      'Its WAL receiver does not stream, or cannot be seen by the role that monitors. The log of the replica has the reason: the primary is away, the credentials, or WAL that the primary no longer has.',
    proof: {
      fires: { series: { pg_replication_is_replica: 1, pg_stat_wal_receiver_up: 0 } },
      silent: [
        { series: { pg_replication_is_replica: 1, pg_stat_wal_receiver_up: 1 } },
        { series: { pg_replication_is_replica: 0 } },
      ],
      noData: 'silent',
      also: [{ series: { pg_replication_is_replica: 1 } }],
    },
  },
  {
    name: 'PgReplicaByteLag',
    expression: promql`${max(series('pg_stat_replication_replay_lag_bytes'), 'application_name', 'client_addr')} > ${t.replicaByteLag}`,
    for: '5m',
    severity: 'warning',
    summary: 'The replica {{ $labels.application_name }} has much WAL to replay.',
    description:
      '{{ $value | humanize1024 }}B between {{ $labels.instance }} and {{ $labels.client_addr }}, seen from the server that sends.',
    proof: {
      fires: { ...byteLag(105_000_000), labels: { application_name: 'r1', client_addr: '10.0.0.2' } },
      silent: [byteLag(100 * 2 ** 20)],
      noData: 'silent',
    },
  },
  {
    name: 'PgReplicaConflicts',
    expression: promql`${sum(exactIncrease(series('pg_stat_database_conflicts'), '15m'), 'datname')} > ${t.replicaConflicts}`,
    for: '0s',
    severity: 'warning',
    summary: 'Replay cancels queries of {{ $labels.datname }}.',
    description:
      '{{ $value }} in 15 minutes at {{ $labels.instance }}. max_standby_streaming_delay lets queries live longer and the replica fall behind; hot_standby_feedback makes the primary keep rows.',
    proof: {
      fires: { ...conflicts('5x19 16x20'), labels: { datname: 'app' } },
      silent: [conflicts('5x19 15x20')],
      noData: 'silent',
    },
  },
  {
    name: 'PgSlotInactive',
    expression: promql`${max(series('pg_replication_slots_active'), 'slot_name')} == 0`,
    for: '10m',
    severity: 'warning',
    summary: 'Nobody reads the replication slot {{ $labels.slot_name }}.',
    description:
      'Until somebody does, {{ $labels.instance }} keeps all WAL since. Bring its consumer back; drop the slot only if the consumer is to be rebuilt.',
    proof: {
      fires: {
        series: { 'pg_replication_slots_active{slot_name="s1",slot_type="physical",database=""}': 0 },
        labels: { slot_name: 's1' },
      },
      silent: [
        { series: { 'pg_replication_slots_active{slot_name="s1",slot_type="physical",database=""}': 1 } },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgSlotRetentionHigh',
    expression: promql`${max(series('pg_replication_slots_retained_bytes'), 'slot_name')} > ${t.slotRetainedBytes}`,
    for: '10m',
    severity: 'warning',
    summary: 'The replication slot {{ $labels.slot_name }} holds back much WAL.',
    description:
      '{{ $value | humanize1024 }}B at {{ $labels.instance }}. Without max_slot_wal_keep_size that grows until the disk is full.',
    proof: {
      fires: {
        series: { 'pg_replication_slots_retained_bytes{slot_name="s1",slot_type="logical"}': 10_800_000_000 },
        labels: { slot_name: 's1' },
      },
      silent: [
        {
          series: { 'pg_replication_slots_retained_bytes{slot_name="s1",slot_type="logical"}': 10 * 2 ** 30 },
        },
      ],
      noData: 'silent',
    },
  },
  {
    name: 'PgSlotInvalidated',
    expression: promql`${max(series('pg_replication_slots_invalidated'), 'slot_name', 'reason')} == 1`,
    for: '0s',
    severity: 'critical',
    summary: 'The replication slot {{ $labels.slot_name }} is invalid.',
    description:
      'Reason at {{ $labels.instance }}: {{ $labels.reason }}. What it was to deliver is gone; its consumer has to be built anew.',
    proof: {
      fires: {
        series: {
          'pg_replication_slots_invalidated{slot_name="s1",slot_type="logical",reason="wal_removed"}': 1,
        },
        labels: { slot_name: 's1', reason: 'wal_removed' },
      },
      silent: [
        {
          series: {
            'pg_replication_slots_invalidated{slot_name="s1",slot_type="logical",reason="wal_removed"}': 0,
          },
        },
      ],
      noData: 'silent',
    },
  },
]
