-- Tells: which replication slots there are, who reads them, and how much WAL each holds back.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: active false: nobody reads it, and it keeps WAL for ever. wal_status "extended": beyond max_wal_size. "unreserved": the next
--   checkpoint may take WAL it needs. "lost", or a reason in invalid: it is dead, its consumer has to be built anew.
SELECT s.slot_name, s.slot_type, s.database, s.active, s.active_pid, s.wal_status,
       pg_size_pretty(greatest(0, pg_wal_lsn_diff(current.lsn, s.restart_lsn))) AS retained,
       pg_size_pretty(s.safe_wal_size) AS safe_to_write, to_jsonb(s) ->> 'inactive_since' AS inactive_since,
       coalesce(to_jsonb(s) ->> 'invalidation_reason', CASE WHEN s.wal_status = 'lost' THEN 'wal_removed' END) AS invalid,
       current_setting('max_slot_wal_keep_size') AS max_slot_wal_keep_size
  FROM pg_replication_slots s,
       (SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                    ELSE pg_current_wal_lsn() END AS lsn) AS current
 ORDER BY pg_wal_lsn_diff(current.lsn, s.restart_lsn) DESC NULLS LAST, s.slot_name
 LIMIT 50;
