-- Tells: which tables have the most dead rows, when each was vacuumed, and whether autovacuum may.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: dead above due_at: it is due. enabled false: somebody switched autovacuum off for it. last_autovacuum recent and dead still high:
--   vacuum runs and may not remove them; ask xmin-holders.
SELECT s.schemaname, s.relname, s.n_live_tup AS live, s.n_dead_tup AS dead,
       round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1) AS dead_percent,
       round(coalesce((SELECT split_part(o, '=', 2)::numeric FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_vacuum_threshold=%'),
                      current_setting('autovacuum_vacuum_threshold')::numeric)
             + coalesce((SELECT split_part(o, '=', 2)::numeric FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_vacuum_scale_factor=%'),
                        current_setting('autovacuum_vacuum_scale_factor')::numeric) * greatest(c.reltuples, 0)::numeric) AS due_at,
       coalesce((SELECT split_part(o, '=', 2)::boolean FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_enabled=%'), true) AS enabled,
       s.last_autovacuum, s.autovacuum_count, s.last_vacuum
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
 ORDER BY s.n_dead_tup DESC, 1, 2
 LIMIT 20;
