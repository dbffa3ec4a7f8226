-- Tells: who is connected, in which state, since when.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: the first row is who takes the most connections. Many idle sessions of one application: its pool is too large, or it
--   bypasses the pooler. Many active ones: they are slow or blocked; ask long-queries and blocking-tree.
SELECT datname, usename, application_name, coalesce(state, 'hidden') AS state, count(*) AS sessions,
       date_trunc('second', max(clock_timestamp() - state_change)) AS longest_in_state,
       date_trunc('second', max(clock_timestamp() - backend_start)) AS oldest_session
  FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
 GROUP BY 1, 2, 3, 4
 ORDER BY 5 DESC, 1, 2, 3, 4
 LIMIT 50;
