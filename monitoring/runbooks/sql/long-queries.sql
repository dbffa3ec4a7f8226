-- Tells: which statements have been running longest, and what each waits for.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: wait_event_type Lock: it is blocked, ask blocking-tree. IO: it reads from disk. Empty: it computes. Client: the server
--   waits for the application to fetch rows.
SELECT pid, datname, usename, application_name, date_trunc('second', clock_timestamp() - query_start) AS running,
       wait_event_type, wait_event, query_id, left(query, 200) AS query
  FROM pg_stat_activity
 WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
   AND query_start < clock_timestamp() - interval '1 second'
 ORDER BY query_start
 LIMIT 30;
