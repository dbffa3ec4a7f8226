-- Tells: how the last verifications of each kind of backup ended, and when one last passed.
-- Run on: primary
-- Database: the one howdah serve watches, which has the record
-- Role: monitor
-- Means: taken is the moment whose data the backup has. ended "failed": restored and not the same, or not restored. "unverifiable": it could not be
--   tried, which proves nothing. "killed": its session is gone. passed_ago is since the last that passed, empty when none ever did; proved_taken is the
--   newest data that is proved. An error about howdah.backup_verification: this database has no record of them.
WITH live AS MATERIALIZED (
  -- Whoever works on a verification holds this lock until its session ends.
  SELECT objid::bigint AS id, min(pid) AS pid
    FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid::bigint = 1752135474 AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY objid
), seen AS (
  SELECT v.*, live.pid,
         CASE WHEN v.outcome = 'lost' OR v.outcome IS NULL AND live.pid IS NULL THEN 'killed' ELSE coalesce(v.outcome, 'under way') END AS ended,
         row_number() OVER (PARTITION BY v.cluster, v.type ORDER BY v.id DESC) AS nth,
         max(v.finished_at) FILTER (WHERE v.outcome = 'passed') OVER kind AS passed_at,
         max(v.taken_at) FILTER (WHERE v.outcome = 'passed') OVER kind AS proved_taken
    FROM howdah.backup_verification v LEFT JOIN live ON live.id = v.id
  WINDOW kind AS (PARTITION BY v.cluster, v.type)
)
SELECT cluster, type, id, date_trunc('second', taken_at) AS taken, date_trunc('second', started_at) AS started, ended, error_code, pid,
       date_trunc('second', coalesce(finished_at, CASE WHEN pid IS NOT NULL THEN clock_timestamp() END) - started_at) AS took,
       date_trunc('second', clock_timestamp() - passed_at) AS passed_ago, date_trunc('second', proved_taken) AS proved_taken
  FROM seen
 WHERE nth <= 5
 ORDER BY passed_at NULLS FIRST, cluster, type, id DESC
 LIMIT 50;
