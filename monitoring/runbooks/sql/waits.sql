-- Tells: what active sessions wait for, at this moment.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: Lock at the top: blocking. IO: the disk, or too little memory. LWLock: contention inside the server. CPU: they compute; more
--   of them than the machine has processors means that it is too small, or that a plan went wrong. Ask three times: it is one moment.
SELECT coalesce(wait_event_type, 'CPU') AS waits_for, coalesce(wait_event, '') AS event, count(*) AS sessions
  FROM pg_stat_activity
 WHERE state = 'active' AND backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid()
 GROUP BY 1, 2
 ORDER BY 3 DESC, 1, 2
 LIMIT 30;
