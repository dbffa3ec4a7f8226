-- Tells: who waits for a lock, and for whom; the session at the root of each tree comes first.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: a row without dots holds the lock and waits for nobody: ending it frees all below. "behind" is how many wait for it. "prepared
--   transaction" has no session: only COMMIT PREPARED or ROLLBACK PREPARED ends it. No row: nobody waits any more.
WITH RECURSIVE waiting AS MATERIALIZED (
  SELECT coalesce(a.leader_pid, l.pid) AS pid, l.waitstart, l.mode, l.locktype,
         -- A number is a relation of another database.
         CASE WHEN l.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              THEN l.relation::regclass::text ELSE l.relation::text END AS relation,
         pg_blocking_pids(l.pid) AS blockers
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE NOT l.granted
   ORDER BY l.waitstart NULLS LAST
   LIMIT 100
), edge AS (
  -- Whoever queues for a lock waits for everybody before it; one edge each keeps this a tree.
  SELECT DISTINCT ON (w.pid) w.pid, blocker, w.waitstart, concat_ws(' ', w.mode, 'on', w.locktype, w.relation) AS wants
    FROM waiting w CROSS JOIN unnest(w.blockers) AS blocker
    LEFT JOIN waiting other ON other.pid = blocker
   ORDER BY w.pid, other.pid IS NOT NULL, other.waitstart
), tree AS (
  SELECT DISTINCT blocker AS pid, ARRAY[blocker] AS path, NULL::timestamptz AS waitstart, '' AS wants
    FROM edge
   WHERE blocker NOT IN (SELECT pid FROM edge)
  UNION ALL
  SELECT e.pid, t.path || e.pid, e.waitstart, e.wants
    FROM tree t JOIN edge e ON e.blocker = t.pid
   WHERE NOT e.pid = ANY (t.path)
)
SELECT repeat('. ', cardinality(t.path) - 1) || CASE t.pid WHEN 0 THEN 'prepared transaction' ELSE t.pid::text END AS pid,
       (SELECT count(*) - 1 FROM tree below WHERE below.path[1:cardinality(t.path)] = t.path) AS behind,
       date_trunc('second', clock_timestamp() - t.waitstart) AS waiting,
       date_trunc('second', clock_timestamp() - a.xact_start) AS transaction, a.state, a.datname, a.usename, a.application_name,
       a.client_addr, t.wants, left(a.query, 200) AS query
  FROM tree t LEFT JOIN pg_stat_activity a ON a.pid = t.pid
 ORDER BY t.path
 LIMIT 50;
