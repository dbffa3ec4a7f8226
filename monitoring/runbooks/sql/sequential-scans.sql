-- Tells: which large tables are read from end to end most.
-- Run on: any
-- Database: the one of the alert
-- Role: monitor
-- Means: rows_read / scans near the table's size, and scans growing between two looks: an index is missing for some query. Counts are since the
--   statistics were reset.
SELECT s.schemaname, s.relname, s.seq_scan AS scans, s.seq_tup_read AS rows_read, s.idx_scan AS index_scans,
       pg_size_pretty(c.relpages::bigint * current_setting('block_size')::int) AS size
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
 WHERE c.relpages > 1000 AND s.seq_scan > 0
 ORDER BY s.seq_tup_read DESC, 1, 2
 LIMIT 20;
