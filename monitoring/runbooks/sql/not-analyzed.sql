-- Tells: which tables have changed most since their statistics were gathered.
-- Run on: primary
-- Database: the one of the alert
-- Role: monitor
-- Means: changed_percent high and last_analyze long ago: the planner guesses. enabled false: autovacuum, which also analyzes, is off for it. A
--   partitioned table is never analyzed by autovacuum itself, only its partitions.
SELECT s.schemaname, s.relname, s.n_live_tup AS live, s.n_mod_since_analyze AS changed,
       round(100.0 * s.n_mod_since_analyze / nullif(s.n_live_tup, 0), 1) AS changed_percent,
       greatest(s.last_analyze, s.last_autoanalyze) AS last_analyze, s.autoanalyze_count,
       coalesce((SELECT split_part(o, '=', 2)::boolean FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_enabled=%'), true) AS enabled
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
 WHERE s.n_mod_since_analyze > 0
 ORDER BY s.n_mod_since_analyze DESC, 1, 2
 LIMIT 20;
