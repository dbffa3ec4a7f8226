-- Tells: which sessions hold the most entries of the lock table, and how many it has room for.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: one session with thousands of locks is the cause: a query over a table with many partitions, pg_dump, or one transaction that
--   touches every table. locks near room: statements fail with 53200 (out of shared memory).
SELECT l.pid, a.datname, a.usename, a.application_name, count(*) AS locks,
       (SELECT count(*) FROM pg_locks) AS locks_of_all,
       current_setting('max_locks_per_transaction')::bigint
         * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS room,
       date_trunc('second', clock_timestamp() - min(a.xact_start)) AS transaction, left(min(a.query), 200) AS query
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.pid IS DISTINCT FROM pg_backend_pid()
 GROUP BY l.pid, a.datname, a.usename, a.application_name
 ORDER BY 5 DESC
 LIMIT 20;
