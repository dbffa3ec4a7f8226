-- Tells: which statements write the most to temporary files.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: sums since pg_stat_statements was reset. per_call beyond work_mem: a sort or a hash does not fit. An error about pg_stat_statements: the
--   extension is not in this database; set log_temp_files and read the server's log.
SELECT set_config('search_path', (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                                   WHERE e.extname = 'pg_stat_statements') || ', pg_catalog', false);
SELECT d.datname, r.rolname, s.queryid, s.calls, pg_size_pretty(s.temp_blks_written * current_setting('block_size')::bigint) AS written,
       pg_size_pretty(s.temp_blks_written * current_setting('block_size')::bigint / greatest(s.calls, 1)) AS per_call,
       current_setting('work_mem') AS work_mem, left(s.query, 200) AS query
  FROM pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
 WHERE s.temp_blks_written > 0
 ORDER BY s.temp_blks_written DESC
 LIMIT 20;
