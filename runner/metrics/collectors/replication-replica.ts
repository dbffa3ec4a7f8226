import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * Two usual formulas are wrong. `receive = replay -> 0` says 0 on a replica whose replication is broken: nothing more
 * arrives, so everything that arrived is replayed. `now() - pg_last_xact_replay_timestamp()` rises while the primary is
 * idle. So 0 needs a receiver that streams, has replayed all it got, and heard from the primary lately: within a minute,
 * or within wal_receiver_timeout where that is longer (an idle primary answers once in half of it).
 *
 * A replica that has replayed no commit since its start has no timestamp: then the time of the checkpoint it started from
 * is an upper bound. Where the receiver is hidden from this role (pid without a status), the answer is NULL: unknown.
 */
const SQL = `SELECT
  CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN 0
       WHEN r.pid IS NOT NULL AND r.status IS NULL THEN NULL
       WHEN r.status = 'streaming'
        AND pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()
        AND r.last_msg_receipt_time > clock_timestamp() - greatest(interval '60s',
              pg_catalog.current_setting('wal_receiver_timeout')::interval) THEN 0
       ELSE greatest(0, extract(epoch FROM clock_timestamp()
              - coalesce(pg_catalog.pg_last_xact_replay_timestamp(),
                         (SELECT checkpoint_time FROM pg_catalog.pg_control_checkpoint()))))
  END::float8 AS lag,
  extract(epoch FROM clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8 AS since_replay,
  CASE WHEN r.pid IS NOT NULL AND r.status IS NULL THEN NULL
       ELSE coalesce(r.status = 'streaming', false)::int END AS receiver_up,
  r.status,
  extract(epoch FROM clock_timestamp() - r.last_msg_receipt_time)::float8 AS message_age,
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::float8 AS pending,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused()::int END AS paused
 FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver r ON true`

interface Row {
  readonly lag: number | null
  readonly since_replay: number | null
  readonly receiver_up: number | null
  readonly status: string | null
  readonly message_age: number | null
  readonly pending: number | null
  readonly paused: number | null
}

/** How far behind this server is, seen from the replica; a primary is 0 s behind and has no receiver. */
export const replicationReplica = defineCollector({
  name: 'replication-replica',
  metrics: {
    pg_replication_lag_seconds: gauge(
      'How old the newest data here is; 0 only while streaming and caught up, and on a primary.',
    ),
    pg_replication_last_replay_seconds: gauge(
      'Time since the last replayed commit; rises while the primary is idle.',
    ),
    pg_stat_wal_receiver_up: gauge('1 while the WAL receiver of this replica streams.'),
    pg_stat_wal_receiver_status_info: gauge('State of the WAL receiver, as label; the value is always 1.', [
      'status',
    ]),
    pg_stat_wal_receiver_last_msg_receipt_age_seconds: gauge('Time since the primary was last heard of.'),
    pg_replication_replay_pending_bytes: gauge('WAL received and not yet replayed.'),
    pg_replication_replay_paused: gauge('1 while replay is paused.'),
  },
  async collect(connection, facts, emit) {
    const row = await connection.row<Row>(SQL)
    emit('pg_replication_lag_seconds', row.lag)
    if (!facts.inRecovery) return
    emit('pg_replication_last_replay_seconds', row.since_replay)
    emit('pg_stat_wal_receiver_up', row.receiver_up)
    if (row.status !== null) emit('pg_stat_wal_receiver_status_info', 1, { status: row.status })
    emit('pg_stat_wal_receiver_last_msg_receipt_age_seconds', row.message_age)
    // pg_last_wal_receive_lsn restarts below the replayed position after a restart of the replica.
    emit('pg_replication_replay_pending_bytes', row.pending === null ? null : Math.max(0, row.pending))
    emit('pg_replication_replay_paused', row.paused)
  },
})
