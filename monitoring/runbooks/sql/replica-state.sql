-- Tells: whether this replica receives and replays, and how far behind it is.
-- Run on: replica
-- Database: any
-- Role: monitor
-- Means: receiver empty: nothing is received, replication is broken. paused true: somebody paused replay. to_replay large: WAL is here
--   and replay is slow or waits for a query. behind grows on an idle primary too while to_replay is 0: that is no lag.
SELECT r.status AS receiver, r.sender_host, r.slot_name,
       date_trunc('second', clock_timestamp() - r.last_msg_receipt_time) AS last_heard,
       pg_is_wal_replay_paused() AS paused,
       pg_size_pretty(greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()))) AS to_replay,
       date_trunc('second', clock_timestamp() - pg_last_xact_replay_timestamp()) AS behind,
       current_setting('max_standby_streaming_delay') AS max_standby_streaming_delay,
       current_setting('hot_standby_feedback') AS hot_standby_feedback
  FROM (SELECT 1) AS one LEFT JOIN pg_stat_wal_receiver r ON true;
