-- Tells: which steps of migrations waited for a lock lately, how long, and for whom.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: blockers names the sessions that were in the way when it was last tried; the same application in every row is who has to change.
SELECT s.started_at, s.migration, s.file, s.ordinal, s.state, s.attempts, s.lock_wait_ms, s.blockers
  FROM howdah.step s
 WHERE s.attempts > 1 OR s.lock_wait_ms > 0
 ORDER BY s.started_at DESC
 LIMIT 20;
