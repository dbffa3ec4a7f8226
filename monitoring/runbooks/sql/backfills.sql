-- Tells: how far each backfill is, whether its session lives, and what that waits for.
-- Run on: primary
-- Database: the one howdah serve watches, which has the record
-- Role: monitor
-- Means: the first row is the one to look at. state "stalled": under way, not paused, and no batch for 15 minutes; blocked_by has the sessions it waits
--   for, wait what else. "paused": it holds still by itself, for that reason. "killed": its session is gone. error_code is what stopped it. In every
--   case but "done" it goes on where it was. An error about howdah.backfill: this database has no record of backfills.
WITH live AS MATERIALIZED (
  -- Whoever works on a backfill holds this lock until its session ends.
  SELECT objid::bigint AS id, min(pid) AS pid
    FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid::bigint = 1752135476 AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY objid
), seen AS (
  SELECT b.*, live.pid, clock_timestamp() - coalesce(b.last_batch_at, b.started_at) AS since_batch
    FROM howdah.backfill b LEFT JOIN live ON live.id = b.id
), stated AS (
  SELECT *, CASE WHEN outcome IS NOT NULL THEN outcome
                 WHEN pid IS NULL THEN 'killed'
                 WHEN paused IS NOT NULL THEN 'paused'
                 WHEN since_batch > interval '15 minutes' THEN 'stalled'
                 ELSE 'under way' END AS state
    FROM seen
)
SELECT s.name, s.state, s.error_code, s.paused, s.pid, CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(s.pid) END AS blocked_by,
       concat_ws(': ', a.wait_event_type, a.wait_event) AS wait,
       s.rows_done, s.rows_total, round(100.0 * s.rows_done / nullif(s.rows_total, 0), 1) AS percent, s.errors,
       CASE WHEN s.outcome IS NULL THEN date_trunc('second', s.since_batch) END AS since_batch,
       date_trunc('second', s.started_at) AS started, date_trunc('second', s.finished_at) AS finished
  FROM stated s LEFT JOIN pg_stat_activity a ON a.pid = s.pid
 ORDER BY array_position(ARRAY['stalled', 'killed', 'failed', 'interrupted', 'paused', 'under way', 'done'], s.state), s.started_at DESC
 LIMIT 50;
