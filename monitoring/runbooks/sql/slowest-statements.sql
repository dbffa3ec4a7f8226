-- Tells: which statements take longest a call, on average.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: mean_ms above 1000 is what the alert on slow queries counts. max_ms far above mean_ms: it is slow at times; it waits for a lock or for the
--   disk, or its plan depends on the values. An error: the extension is not in this database.
SELECT set_config('search_path', (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                                   WHERE e.extname = 'pg_stat_statements') || ', pg_catalog', false);
SELECT d.datname, r.rolname, s.queryid, s.calls, round(s.mean_exec_time::numeric, 1) AS mean_ms,
       round(s.max_exec_time::numeric, 1) AS max_ms, round(s.stddev_exec_time::numeric, 1) AS deviation_ms, s.rows / greatest(s.calls, 1) AS rows_a_call,
       left(s.query, 200) AS query
  FROM pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
 ORDER BY s.mean_exec_time DESC
 LIMIT 20;
