import { formatBytes } from '../../../core/units.ts'
import { ALERT_LIMITS } from '../../alert-limits.ts'
import { above, type ConditionRule, type Level, levels } from '../condition.ts'
import { inWords } from '../wording.ts'

const lag = ({ limit, ...level }: Level): ConditionRule => ({
  ...level,
  reads: ['pg_replication_lag_seconds', 'pg_replication_is_replica'],
  always: ['pg_replication_lag_seconds', 'pg_replication_is_replica'],
  find: readings => {
    const seconds = readings.max('pg_replication_lag_seconds') ?? 0
    if (readings.max('pg_replication_is_replica') !== 1 || seconds <= limit) return []
    return [
      { sentence: `The newest data of this replica is ${inWords(seconds)} old (limit ${inWords(limit)}).` },
    ]
  },
})

/** Replicas, seen from both sides, and slots. */
export const REPLICATION_CONDITIONS: readonly ConditionRule[] = [
  ...levels(
    lag,
    ['PgReplicationLagHigh', ALERT_LIMITS.replicationLagSeconds],
    ['PgReplicationLagCritical', ALERT_LIMITS.replicationLagCriticalSeconds],
  ),
  {
    alert: 'PgReplicationBroken',
    severity: 'critical',
    reads: ['pg_replication_is_replica', 'pg_stat_wal_receiver_up'],
    always: ['pg_replication_is_replica'],
    find: readings => {
      const replica = readings.max('pg_replication_is_replica') === 1
      const broken = replica && readings.max('pg_stat_wal_receiver_up') !== 1
      return broken
        ? [{ sentence: 'This replica receives nothing: its WAL receiver does not stream, or is hidden.' }]
        : []
    },
  },
  above({
    alert: 'PgReplicaByteLag',
    severity: 'warning',
    metric: 'pg_stat_replication_replay_lag_bytes',
    by: ['application_name', 'client_addr'],
    above: ALERT_LIMITS.replicaByteLag,
    say: bytes =>
      `A replica has ${formatBytes(bytes)} to replay (limit ${formatBytes(ALERT_LIMITS.replicaByteLag)}).`,
  }),
  above({
    alert: 'PgSlotInvalidated',
    severity: 'critical',
    metric: 'pg_replication_slots_invalidated',
    by: ['slot_name', 'reason'],
    above: 0,
    say: (_, { reason }) => `The slot is lost for good (${reason}); its consumer has to be built anew.`,
  }),
  {
    alert: 'PgSlotInactive',
    severity: 'warning',
    reads: ['pg_replication_slots_active'],
    find: readings =>
      readings
        .maxBy('pg_replication_slots_active', ['slot_name'])
        .filter(({ value }) => value === 0)
        .map(({ labels }) => ({
          subject: labels.slot_name ?? '',
          sentence: 'Nobody reads the slot; the server keeps all WAL for it.',
        })),
  },
  above({
    alert: 'PgSlotRetentionHigh',
    severity: 'warning',
    metric: 'pg_replication_slots_retained_bytes',
    by: ['slot_name'],
    above: ALERT_LIMITS.slotRetainedBytes,
    say: bytes =>
      `The slot holds back ${formatBytes(bytes)} of WAL (limit ${formatBytes(ALERT_LIMITS.slotRetainedBytes)}).`,
  }),
]
