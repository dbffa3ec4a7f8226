import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

const LABELS = ['application_name', 'client_addr', 'sync_state'] as const
const POSITION_LABELS = ['application_name', 'client_addr', 'state', 'slot_name'] as const

/**
 * Grouped, because two replicas behind one address carry the same labels. A time is NULL when nothing was written lately:
 * that is 0 for a replica which has replayed everything, and unknown for any other.
 */
const LAG = `WITH current AS (
  SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
              THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
              ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT coalesce(application_name, '') AS application_name, coalesce(client_addr::text, '') AS client_addr,
       coalesce(sync_state, '') AS sync_state,
       max(greatest(0, pg_catalog.pg_wal_lsn_diff(c.lsn, sent_lsn)))::float8 AS sent_bytes,
       max(greatest(0, pg_catalog.pg_wal_lsn_diff(c.lsn, write_lsn)))::float8 AS write_bytes,
       max(greatest(0, pg_catalog.pg_wal_lsn_diff(c.lsn, flush_lsn)))::float8 AS flush_bytes,
       max(greatest(0, pg_catalog.pg_wal_lsn_diff(c.lsn, replay_lsn)))::float8 AS replay_bytes,
       max(coalesce(extract(epoch FROM write_lag), CASE WHEN write_lsn >= c.lsn THEN 0 END))::float8 AS write_seconds,
       max(coalesce(extract(epoch FROM flush_lag), CASE WHEN flush_lsn >= c.lsn THEN 0 END))::float8 AS flush_seconds,
       max(coalesce(extract(epoch FROM replay_lag), CASE WHEN replay_lsn >= c.lsn THEN 0 END))::float8 AS replay_seconds
  FROM pg_catalog.pg_stat_replication CROSS JOIN current c
 WHERE sent_lsn IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

/**
 * Logical subscribers are no replicas. Rows whose state is hidden from this role make the count unknown, never 0;
 * greatest() would turn an unknown distance into 0 as well, which is why the query above leaves out rows without one.
 */
const COUNT = `SELECT CASE WHEN count(*) FILTER (WHERE r.state IS NULL) = 0
            THEN count(*) FILTER (WHERE r.state = 'streaming' AND s.slot_type IS DISTINCT FROM 'logical')::float8
       END AS streaming
  FROM pg_catalog.pg_stat_replication r LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid`

/** The pair postgres_exporter has, with its labels; where the sender stands, and how far the receiver is behind that. */
const POSITIONS = `WITH current AS (
  SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
              THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
              ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT coalesce(r.application_name, '') AS application_name, coalesce(r.client_addr::text, '') AS client_addr,
       r.state, coalesce(s.slot_name, '') AS slot_name,
       max(pg_catalog.pg_wal_lsn_diff(c.lsn, '0/0'))::float8 AS current_bytes,
       max(pg_catalog.pg_wal_lsn_diff(c.lsn, r.replay_lsn))::float8 AS behind_bytes
  FROM pg_catalog.pg_stat_replication r CROSS JOIN current c
  LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid
 WHERE r.state IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

interface Position {
  readonly application_name: string
  readonly client_addr: string
  readonly state: string
  readonly slot_name: string
  readonly current_bytes: number
  readonly behind_bytes: number | null
}

interface Row {
  readonly application_name: string
  readonly client_addr: string
  readonly sync_state: string
  readonly sent_bytes: number | null
  readonly write_bytes: number | null
  readonly flush_bytes: number | null
  readonly replay_bytes: number | null
  readonly write_seconds: number | null
  readonly flush_seconds: number | null
  readonly replay_seconds: number | null
}

/** How far behind each receiver is, seen from the server that sends. */
export const replicationPrimary = defineCollector({
  name: 'replication-primary',
  metrics: {
    pg_stat_replication_sent_lag_bytes: gauge('WAL not yet sent to this receiver.', LABELS),
    pg_stat_replication_write_lag_bytes: gauge('WAL this receiver has not yet written.', LABELS),
    pg_stat_replication_flush_lag_bytes: gauge('WAL this receiver has not yet flushed to disk.', LABELS),
    pg_stat_replication_replay_lag_bytes: gauge('WAL this receiver has not yet replayed.', LABELS),
    pg_stat_replication_write_lag_seconds: gauge('Time until a recent write arrived here.', LABELS),
    pg_stat_replication_flush_lag_seconds: gauge('Time until a recent write was on disk here.', LABELS),
    pg_stat_replication_replay_lag_seconds: gauge(
      'Time until a recent write was visible here, as last measured; stands still while replay is paused.',
      LABELS,
    ),
    pg_stat_replication_pg_current_wal_lsn_bytes: gauge(
      'Position in the WAL of this server, in bytes.',
      POSITION_LABELS,
    ),
    pg_stat_replication_pg_wal_lsn_diff: gauge(
      'WAL this receiver has not yet replayed, in bytes.',
      POSITION_LABELS,
    ),
    pg_replication_streaming_replicas: gauge('Physical replicas that stream from this server.'),
  },
  async collect(connection, _facts, emit) {
    for (const row of await connection.rows<Row>(LAG)) {
      const { application_name, client_addr, sync_state } = row
      const labels = { application_name, client_addr, sync_state }
      emit('pg_stat_replication_sent_lag_bytes', row.sent_bytes, labels)
      emit('pg_stat_replication_write_lag_bytes', row.write_bytes, labels)
      emit('pg_stat_replication_flush_lag_bytes', row.flush_bytes, labels)
      emit('pg_stat_replication_replay_lag_bytes', row.replay_bytes, labels)
      emit('pg_stat_replication_write_lag_seconds', row.write_seconds, labels)
      emit('pg_stat_replication_flush_lag_seconds', row.flush_seconds, labels)
      emit('pg_stat_replication_replay_lag_seconds', row.replay_seconds, labels)
    }
    for (const row of await connection.rows<Position>(POSITIONS)) {
      const { application_name, client_addr, state, slot_name } = row
      const labels = { application_name, client_addr, state, slot_name }
      emit('pg_stat_replication_pg_current_wal_lsn_bytes', row.current_bytes, labels)
      emit('pg_stat_replication_pg_wal_lsn_diff', row.behind_bytes, labels)
    }
    const { streaming } = await connection.row<{ streaming: number | null }>(COUNT)
    emit('pg_replication_streaming_replicas', streaming)
  },
})
