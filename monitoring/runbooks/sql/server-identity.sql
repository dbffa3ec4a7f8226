-- Tells: which server this is: version, role, when it started, when its configuration was read.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: in_recovery true: a replica. Two servers of one cluster that both say false are two primaries: stop writes to one at once. up
--   shorter than the alert is old: it restarted again.
SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS in_recovery,
       pg_postmaster_start_time() AS started, date_trunc('second', clock_timestamp() - pg_postmaster_start_time()) AS up,
       pg_conf_load_time() AS configuration_read,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS wal_position,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS sessions;
