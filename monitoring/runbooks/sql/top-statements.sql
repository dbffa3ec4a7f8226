-- Tells: which statements take the most time in all, and how long one call takes.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: sums since pg_stat_statements was reset: ask twice, a minute apart, and compare calls. mean_ms high: the statement is slow. mean_ms low
--   and calls high: it is asked too often. read_percent high: it reads from disk. An error: the extension is not in this database.
SELECT set_config('search_path', (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                                   WHERE e.extname = 'pg_stat_statements') || ', pg_catalog', false);
SELECT d.datname, r.rolname, s.queryid, s.calls, round(s.total_exec_time::numeric / 1000, 1) AS total_s,
       round(s.mean_exec_time::numeric, 1) AS mean_ms, round(s.max_exec_time::numeric, 1) AS max_ms, s.rows,
       round(100.0 * s.shared_blks_read / nullif(s.shared_blks_read + s.shared_blks_hit, 0), 1) AS read_percent, left(s.query, 200) AS query
  FROM pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
 ORDER BY s.total_exec_time DESC
 LIMIT 20;
