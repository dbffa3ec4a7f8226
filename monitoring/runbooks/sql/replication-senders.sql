-- Tells: which replicas stream from this server, and how far each is behind.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: a replica that is missing does not stream. unsent large: the network or the replica's disk. unreplayed large and unsent small: the
--   replica has the WAL and replays slowly. state "catchup": it is on its way.
SELECT application_name, client_addr, state, sync_state,
       pg_size_pretty(pg_wal_lsn_diff(current.lsn, sent_lsn)) AS unsent,
       pg_size_pretty(pg_wal_lsn_diff(sent_lsn, flush_lsn)) AS unflushed,
       pg_size_pretty(pg_wal_lsn_diff(current.lsn, replay_lsn)) AS unreplayed,
       date_trunc('second', replay_lag) AS replay_lag, date_trunc('second', clock_timestamp() - backend_start) AS streaming
  FROM pg_stat_replication,
       (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn) AS current
 ORDER BY pg_wal_lsn_diff(current.lsn, replay_lsn) DESC NULLS FIRST
 LIMIT 50;
