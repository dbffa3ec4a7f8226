-- Tells: how the last backups on record of each kind ended, and when the last good one did.
-- Run on: primary
-- Database: the one howdah serve watches, which has the record
-- Role: monitor
-- Means: the first row of a kind is its newest attempt. ended "killed": its session is gone and it never said how it ended. "under way": the session
--   in pid works on it; took is how long so far. good_ago is since the last good one that is still there, empty when there is none. A kind that is
--   missing has no attempt on record. An error about howdah.backup: this database has no record of backups.
WITH live AS MATERIALIZED (
  -- Whoever works on a backup holds this lock until its session ends.
  SELECT objid::bigint AS id, min(pid) AS pid
    FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid::bigint = 1752135473 AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY objid
), seen AS (
  SELECT b.*, live.pid,
         CASE WHEN b.outcome = 'lost' OR b.outcome IS NULL AND live.pid IS NULL THEN 'killed' ELSE coalesce(b.outcome, 'under way') END AS ended,
         row_number() OVER kind AS nth,
         max(b.finished_at) FILTER (WHERE b.outcome = 'succeeded' AND b.removed_at IS NULL) OVER (PARTITION BY b.cluster, b.type) AS good_at
    FROM howdah.backup b LEFT JOIN live ON live.id = b.id
  WINDOW kind AS (PARTITION BY b.cluster, b.type ORDER BY b.id DESC)
)
SELECT cluster, type, id, date_trunc('second', started_at) AS started, ended, error_code, pid,
       date_trunc('second', coalesce(finished_at, CASE WHEN pid IS NOT NULL THEN clock_timestamp() END) - started_at) AS took,
       pg_size_pretty(size_bytes) AS size, date_trunc('second', clock_timestamp() - good_at) AS good_ago,
       date_trunc('second', kept_until) AS kept_until, date_trunc('second', removed_at) AS removed
  FROM seen
 WHERE nth <= 5
 ORDER BY good_at NULLS FIRST, cluster, type, id DESC
 LIMIT 50;
