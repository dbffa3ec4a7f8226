-- Tells: which vacuums are running, how far each is, and how many workers there are.
-- Run on: any
-- Database: any
-- Role: monitor
-- Means: as many rows of autovacuum as workers: all are busy. index_rounds above 1: maintenance_work_mem (or autovacuum_work_mem) is too small
--   for the table. A row that does not move between two looks is waiting: see wait.
SELECT p.pid, p.datname, CASE WHEN p.datname = current_database() THEN p.relid::regclass::text ELSE p.relid::text END AS relation,
       p.phase, round(100.0 * p.heap_blks_scanned / nullif(p.heap_blks_total, 0), 1) AS scanned_percent,
       p.index_vacuum_count AS index_rounds, date_trunc('second', clock_timestamp() - a.xact_start) AS running, a.backend_type,
       concat_ws(' ', a.wait_event_type, a.wait_event) AS wait, current_setting('autovacuum_max_workers') AS workers,
       current_setting('autovacuum_vacuum_cost_limit') AS cost_limit, current_setting('autovacuum_vacuum_cost_delay') AS cost_delay
  FROM pg_stat_progress_vacuum p LEFT JOIN pg_stat_activity a ON a.pid = p.pid
 ORDER BY a.xact_start
 LIMIT 30;
