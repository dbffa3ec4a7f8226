-- Tells: how the last drills of each scenario ended, what they measured, and which scenario is overdue.
-- Run on: primary
-- Database: the one howdah serve watches, which has the record
-- Role: monitor
-- Means: overdue: none passed or failed within 95 days; a drill that was killed is none. ended "killed": its session is gone. rto is how long recovery
--   took, rpo what it lost; empty was not measured. A scenario that is missing was never rehearsed. An error about howdah.drill: this database has no
--   record of drills.
WITH live AS MATERIALIZED (
  -- Whoever works on a drill holds this lock until its session ends.
  SELECT objid::bigint AS id, min(pid) AS pid
    FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid::bigint = 1752135475 AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY objid
), seen AS (
  SELECT d.*, live.pid,
         CASE WHEN d.outcome = 'lost' OR d.outcome IS NULL AND live.pid IS NULL THEN 'killed' ELSE coalesce(d.outcome, 'under way') END AS ended,
         row_number() OVER (PARTITION BY d.scenario ORDER BY d.id DESC) AS nth,
         max(d.finished_at) FILTER (WHERE d.outcome IN ('passed', 'failed')) OVER (PARTITION BY d.scenario) AS rehearsed_at
    FROM howdah.drill d LEFT JOIN live ON live.id = d.id
)
SELECT scenario, id, date_trunc('second', started_at) AS started, ended, error_code, pid,
       date_trunc('second', make_interval(secs => rto_seconds)) AS rto, date_trunc('second', make_interval(secs => rpo_seconds)) AS rpo,
       date_trunc('second', clock_timestamp() - rehearsed_at) AS rehearsed_ago,
       coalesce(rehearsed_at < clock_timestamp() - interval '95 days', true) AS overdue
  FROM seen
 WHERE nth <= 3
 ORDER BY rehearsed_at NULLS FIRST, scenario, id DESC
 LIMIT 50;
