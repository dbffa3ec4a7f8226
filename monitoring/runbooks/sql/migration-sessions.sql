-- Tells: which sessions belong to a migration (Howdah's, or Prisma's own), what they do and whom they wait for.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: blocked_by filled: the migration waits for that session. Empty while others wait: the migration holds the lock. run_lock true:
--   the session that runs migrations; at most one has it.
SELECT a.pid, a.datname, a.usename, a.application_name, a.state,
       date_trunc('second', clock_timestamp() - a.xact_start) AS transaction,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) END AS blocked_by,
       EXISTS (SELECT FROM pg_locks l
                WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = 72707369) AS run_lock,
       left(a.query, 200) AS query
  FROM pg_stat_activity a
 WHERE a.application_name LIKE 'howdah/%' AND a.application_name <> 'howdah/serve' AND a.pid <> pg_backend_pid()
    OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 72707369)
 ORDER BY a.xact_start NULLS LAST
 LIMIT 20;
