import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const LABELS = ['slot_name', 'slot_type'] as const

/** A physical slot confirms nothing: postgres_exporter says 0 there, and here there is no sample. */
const SQL = `SELECT s.slot_name, s.slot_type, s.active::int AS active,
       pg_catalog.pg_wal_lsn_diff(s.confirmed_flush_lsn, '0/0')::float8 AS confirmed,
       pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery()
            THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            ELSE pg_catalog.pg_current_wal_lsn() END, '0/0')::float8 AS current
  FROM pg_catalog.pg_replication_slots s WHERE NOT s.temporary ORDER BY s.slot_name`

interface Row {
  readonly slot_name: string
  readonly slot_type: string
  readonly active: number
  readonly confirmed: number | null
  readonly current: number | null
}

/** The positions postgres_exporter gives of each slot, under its names; the distances are in replication-slots. */
export const slotPositions = defineCollector({
  name: 'slot-positions',
  metrics: {
    pg_replication_slots_slot_current_wal_lsn: gauge(
      'Position in the WAL of this server, in bytes, for every slot.',
      LABELS,
    ),
    pg_replication_slots_slot_confirmed_flush_lsn: gauge(
      'Position the receiver of a logical slot has confirmed, in bytes.',
      LABELS,
    ),
    pg_replication_slots_slot_is_active: gauge('1 while something receives from the slot.', LABELS),
  },
  async collect(connection, _facts, emit) {
    for (const { slot_name, slot_type, active, confirmed, current } of await connection.rows<Row>(SQL)) {
      const labels = { slot_name, slot_type }
      emit('pg_replication_slots_slot_current_wal_lsn', current, labels)
      emit('pg_replication_slots_slot_confirmed_flush_lsn', confirmed, labels)
      emit('pg_replication_slots_slot_is_active', active, labels)
    }
  },
})
