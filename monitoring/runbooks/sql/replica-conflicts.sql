-- Tells: why replay cancelled queries on this replica.
-- Run on: replica
-- Database: any
-- Role: monitor
-- Means: snapshot: VACUUM on the primary removed rows a query here still needed. lock: a DDL on the primary. bufferpin: a query held a page.
--   tablespace, deadlock and logicalslot are rare.
SELECT datname, confl_snapshot AS snapshot, confl_lock AS lock, confl_bufferpin AS bufferpin, confl_deadlock AS deadlock,
       confl_tablespace AS tablespace, to_jsonb(c) ->> 'confl_active_logicalslot' AS logicalslot,
       current_setting('max_standby_streaming_delay') AS max_standby_streaming_delay
  FROM pg_stat_database_conflicts c
 WHERE datname NOT IN ('template0', 'template1', 'rdsadmin')
 ORDER BY confl_snapshot + confl_lock + confl_bufferpin + confl_deadlock DESC
 LIMIT 50;
