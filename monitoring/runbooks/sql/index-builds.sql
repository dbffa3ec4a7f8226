-- Tells: which indexes are being built, how far each is, and which session it waits for.
-- Run on: primary
-- Database: any
-- Role: monitor
-- Means: a phase that begins with "waiting": the build waits for an older transaction, waits_for; while it waits it does no harm. done_percent moves
--   within one phase, not over all of them.
SELECT p.pid, p.datname, CASE WHEN p.datname = current_database() THEN p.relid::regclass::text ELSE p.relid::text END AS relation,
       p.command, p.phase, round(100.0 * p.blocks_done / nullif(p.blocks_total, 0), 1) AS done_percent,
       p.lockers_done || ' of ' || p.lockers_total AS lockers, nullif(p.current_locker_pid, 0) AS waits_for,
       date_trunc('second', clock_timestamp() - a.query_start) AS running
  FROM pg_stat_progress_create_index p LEFT JOIN pg_stat_activity a ON a.pid = p.pid
 ORDER BY a.query_start
 LIMIT 20;
