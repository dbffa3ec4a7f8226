import { exactIncrease, max, min, promql, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { legendOf, line, named, timeSeries } from './panel.ts'
import { perSecond, selected } from './query.ts'
import { lagPanel } from './recurring-panels.ts'

/** Why replay cancels a query. */
const CAUSES = [
  ['snapshot', 'pg_stat_database_conflicts_confl_snapshot'],
  ['lock', 'pg_stat_database_conflicts_confl_lock'],
  ['buffer pin', 'pg_stat_database_conflicts_confl_bufferpin'],
  ['deadlock', 'pg_stat_database_conflicts_confl_deadlock'],
  ['tablespace', 'pg_stat_database_conflicts_confl_tablespace'],
  ['logical slot', 'pg_stat_database_conflicts_confl_active_logicalslot'],
] as const

const RECEIVER = ['application_name', 'client_addr'] as const

export const replication = (): Dashboard => ({
  uid: 'howdah-replication',
  title: 'Replication',
  description: 'Replicas seen from both sides, slots and subscriptions.',
  rows: [
    {
      title: 'Replicas, seen from themselves',
      panels: [
        lagPanel(),
        timeSeries({
          title: 'Receives WAL',
          description: 'Whether the WAL receiver of a replica streams; a primary has none.',
          unit: 'yesNo',
          lines: [line('pg_stat_wal_receiver_up')],
          limits: [{ alert: 'PgReplicationBroken' }],
          most: 1,
        }),
        timeSeries({
          title: 'Received and not yet replayed',
          description: 'It rises while replay is paused, waits for a query, or is too slow.',
          unit: 'bytes',
          lines: [line('pg_replication_replay_pending_bytes')],
        }),
        timeSeries({
          title: 'Queries cancelled by replay, within 15 minutes',
          description: 'They kept rows that the primary had removed, or a lock that replay needed.',
          unit: 'count',
          lines: [
            {
              expression: sum(exactIncrease(selected('pg_stat_database_conflicts'), '15m'), 'datname'),
              legend: legendOf(['datname']),
            },
          ],
          limits: [{ alert: 'PgReplicaConflicts', at: 'replicaConflicts' }],
        }),
        timeSeries({
          title: 'Why, within 15 minutes',
          description:
            'A snapshot: hot_standby_feedback or a longer max_standby_streaming_delay helps. A lock: somebody altered the table on the primary.',
          unit: 'count',
          lines: CAUSES.map(([cause, metric]) => ({
            expression: sum(exactIncrease(selected(metric), '15m'), 'datname'),
            legend: `${cause} ${legendOf(['datname'])}`,
          })),
          stacked: true,
          width: 24,
        }),
      ],
    },
    {
      title: 'Replicas, seen from who sends to them',
      panels: [
        timeSeries({
          title: 'Replicas that stream',
          description: 'Physical ones, and how many there are to be (--expected-replicas).',
          unit: 'count',
          lines: [
            named('stream', line('pg_replication_streaming_replicas')),
            named('expected', line('howdah_replication_expected_replicas')),
          ],
          limits: [{ alert: 'PgReplicaMissing' }],
        }),
        timeSeries({
          title: 'WAL not yet replayed',
          description: 'Bytes between this server and each receiver.',
          unit: 'bytes',
          lines: [line('pg_stat_replication_replay_lag_bytes', ...RECEIVER)],
          limits: [{ alert: 'PgReplicaByteLag', at: 'replicaByteLag' }],
        }),
        timeSeries({
          title: 'Time until a write is there',
          description:
            'As last measured by the sender: written, flushed, visible. It stands still while replay is paused.',
          unit: 'seconds',
          lines: [
            named('written', line('pg_stat_replication_write_lag_seconds', ...RECEIVER)),
            named('flushed', line('pg_stat_replication_flush_lag_seconds', ...RECEIVER)),
            named('visible', line('pg_stat_replication_replay_lag_seconds', ...RECEIVER)),
          ],
        }),
        timeSeries({
          title: 'WAL written here',
          description: 'What every receiver has to carry.',
          unit: 'bytesPerSecond',
          lines: [
            { expression: sum(perSecond(selected('pg_stat_wal_bytes_total'))), legend: '{{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Slots',
      panels: [
        timeSeries({
          title: 'WAL held back',
          description:
            'Kept for a consumer that has not read it. Without max_slot_wal_keep_size it fills the disk.',
          unit: 'bytes',
          lines: [line('pg_replication_slots_retained_bytes', 'slot_name')],
          limits: [{ alert: 'PgSlotRetentionHigh', at: 'slotRetainedBytes' }],
        }),
        timeSeries({
          title: 'Is read',
          description: 'Whether something receives from the slot.',
          unit: 'yesNo',
          lines: [line('pg_replication_slots_active', 'slot_name')],
          limits: [{ alert: 'PgSlotInactive', at: 0 }],
          most: 1,
        }),
        timeSeries({
          title: 'Is lost',
          description: 'Its WAL or its rows are gone, and its consumer has to be built anew.',
          unit: 'yesNo',
          lines: [line('pg_replication_slots_invalidated', 'slot_name', 'reason')],
          limits: [{ alert: 'PgSlotInvalidated', at: 1 }],
          most: 1,
        }),
        timeSeries({
          title: 'Room until the slot is lost',
          description:
            'Share of max_slot_wal_keep_size that can still be written; without that setting there is no such limit.',
          unit: 'ratio',
          lines: [
            {
              expression: promql`${min(selected('pg_replication_slots_safe_wal_size_bytes'), 'slot_name')} / on (job, instance) group_left () ${max(selected('pg_settings_max_slot_wal_keep_size_bytes'))}`,
              legend: legendOf(['slot_name']),
            },
          ],
          limits: [{ alert: 'PgSlotNearLoss', at: 'slotSafeShare' }],
        }),
        timeSeries({
          title: 'Decoded, and spilled to disk',
          description: 'Spilled are transactions that did not fit into logical_decoding_work_mem.',
          unit: 'bytesPerSecond',
          lines: (
            [
              ['decoded', 'pg_stat_replication_slots_total_bytes_total'],
              ['spilled', 'pg_stat_replication_slots_spill_bytes_total'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric)), 'slot_name'),
            legend: `${name} ${legendOf(['slot_name'])}`,
          })),
        }),
      ],
    },
    {
      title: 'Subscriptions',
      panels: [
        timeSeries({
          title: 'Errors',
          description:
            'While changes were applied or tables first copied. A worker that fails tries again for ever.',
          unit: 'perSecond',
          lines: [
            {
              expression: promql`${sum(perSecond(selected('pg_stat_subscription_apply_errors_total')), 'datname', 'subname')} + ${sum(perSecond(selected('pg_stat_subscription_sync_errors_total')), 'datname', 'subname')}`,
              legend: legendOf(['datname', 'subname']),
            },
          ],
        }),
        timeSeries({
          title: 'Received and not yet confirmed',
          description: 'WAL that this subscriber has and the publisher still keeps.',
          unit: 'bytes',
          lines: [line('pg_stat_subscription_received_lag_bytes', 'datname', 'subname')],
        }),
      ],
    },
  ],
})
