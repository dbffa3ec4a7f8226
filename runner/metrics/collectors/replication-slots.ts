import { defineCollector } from '../collector.ts'
import { counter, gauge } from '../exposition/metric.ts'

const LABELS = ['slot_name', 'slot_type'] as const
const WITH_DATABASE = ['slot_name', 'slot_type', 'database'] as const

/**
 * A slot without a position (never used, or invalidated) retains nothing anybody could measure: NULL. What invalidated it
 * is a column of its own from 17 on; before, `conflicting` (16) and a lost position are all there is to see.
 */
const SQL = (major: number) => `WITH current AS (
  SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
              THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
              ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT s.slot_name, s.slot_type, coalesce(s.database, '') AS database, s.active::int AS active,
       s.wal_status, s.safe_wal_size::float8 AS safe_bytes,
       CASE WHEN s.restart_lsn IS NOT NULL
            THEN greatest(0, pg_catalog.pg_wal_lsn_diff(c.lsn, s.restart_lsn)) END::float8 AS retained_bytes,
       ${major >= 17 ? 'CASE WHEN s.active THEN 0 ELSE extract(epoch FROM clock_timestamp() - s.inactive_since) END' : 'NULL'}::float8 AS inactive_seconds,
       ${invalidation(major)} AS invalidation,
       t.spill_bytes::float8 AS spill_bytes, t.stream_bytes::float8 AS stream_bytes, t.total_bytes::float8 AS total_bytes
  FROM pg_catalog.pg_replication_slots s CROSS JOIN current c
  LEFT JOIN pg_catalog.pg_stat_replication_slots t ON t.slot_name = s.slot_name
 WHERE NOT s.temporary ORDER BY s.slot_name`

function invalidation(major: number): string {
  if (major >= 17) return 's.invalidation_reason'
  const conflict = major >= 16 ? `WHEN s.conflicting THEN 'conflict' ` : ''
  return `CASE ${conflict}WHEN s.wal_status = 'lost' THEN 'wal_removed' END`
}

interface Row {
  readonly slot_name: string
  readonly slot_type: string
  readonly database: string
  readonly active: number
  readonly wal_status: string | null
  readonly safe_bytes: number | null
  readonly retained_bytes: number | null
  readonly inactive_seconds: number | null
  readonly invalidation: string | null
  readonly spill_bytes: number | null
  readonly stream_bytes: number | null
  readonly total_bytes: number | null
}

/** Slots: an inactive one keeps the log until the disk is full. At most `max_replication_slots` of them; temporary ones are left out. */
export const replicationSlots = defineCollector({
  name: 'replication-slots',
  metrics: {
    pg_replication_slots_active: gauge('1 while something receives from the slot.', WITH_DATABASE),
    pg_replication_slots_pg_wal_lsn_diff: gauge(
      'WAL the slot holds back, in bytes; absent for a slot without a position.',
      WITH_DATABASE,
    ),
    pg_replication_slots_safe_wal_size_bytes: gauge(
      'WAL that can still be written before the slot may be lost; absent without max_slot_wal_keep_size.',
      WITH_DATABASE,
    ),
    pg_replication_slots_wal_status: gauge(
      'Whether the WAL is still there, as label; the value is always 1.',
      [...WITH_DATABASE, 'wal_status'],
    ),
    pg_replication_slots_retained_bytes: gauge(
      'WAL the slot holds back; absent for a slot without a position.',
      LABELS,
    ),
    pg_replication_slots_inactive_seconds: gauge(
      'How long nothing has received from the slot (17 and newer); 0 while active.',
      LABELS,
    ),
    pg_replication_slots_invalidated: gauge(
      '1 when the slot is lost for good, with the reason as label; 0 while it is usable.',
      ['slot_name', 'slot_type', 'reason'],
    ),
    pg_stat_replication_slots_spill_bytes_total: counter('Decoded changes spilled to disk, in bytes.', [
      'slot_name',
    ]),
    pg_stat_replication_slots_stream_bytes_total: counter(
      'Decoded changes streamed before their commit, in bytes.',
      ['slot_name'],
    ),
    pg_stat_replication_slots_total_bytes_total: counter('Decoded changes sent, in bytes.', ['slot_name']),
  },
  async collect(connection, { major }, emit) {
    for (const row of await connection.rows<Row>(SQL(major))) {
      const { slot_name, slot_type, database, wal_status } = row
      const labels = { slot_name, slot_type }
      const withDatabase = { ...labels, database }
      emit('pg_replication_slots_active', row.active, withDatabase)
      emit('pg_replication_slots_pg_wal_lsn_diff', row.retained_bytes, withDatabase)
      emit('pg_replication_slots_safe_wal_size_bytes', row.safe_bytes, withDatabase)
      if (wal_status !== null) emit('pg_replication_slots_wal_status', 1, { ...withDatabase, wal_status })
      emit('pg_replication_slots_retained_bytes', row.retained_bytes, labels)
      emit('pg_replication_slots_inactive_seconds', row.inactive_seconds, labels)
      const reason = row.invalidation ?? ''
      emit('pg_replication_slots_invalidated', reason === '' ? 0 : 1, { ...labels, reason })
      emit('pg_stat_replication_slots_spill_bytes_total', row.spill_bytes, { slot_name })
      emit('pg_stat_replication_slots_stream_bytes_total', row.stream_bytes, { slot_name })
      emit('pg_stat_replication_slots_total_bytes_total', row.total_bytes, { slot_name })
    }
  },
})
