-- Tells: which tables, indexes and TOAST tables are largest.
-- Run on: any
-- Database: the one of the alert
-- Role: monitor
-- Means: sizes are those of the last VACUUM or ANALYZE, so that nothing waits for a lock. dead_percent high: room that VACUUM can make usable
--   again, though not give back to the disk.
SELECT c.oid::regclass AS relation, CASE c.relkind WHEN 'i' THEN 'index' WHEN 't' THEN 'toast' WHEN 'm' THEN 'view' ELSE 'table' END AS kind,
       pg_size_pretty(c.relpages::bigint * current_setting('block_size')::int) AS size, greatest(c.reltuples, 0)::bigint AS rows,
       round(100.0 * pg_stat_get_dead_tuples(c.oid)
             / nullif(pg_stat_get_dead_tuples(c.oid) + pg_stat_get_live_tuples(c.oid), 0), 1) AS dead_percent,
       coalesce(main.oid, x.indrelid)::regclass AS belongs_to
  FROM pg_class c
  LEFT JOIN pg_class main ON main.reltoastrelid = c.oid AND c.relkind = 't'
  LEFT JOIN pg_index x ON x.indexrelid = c.oid
 WHERE c.relkind IN ('r', 'm', 'i', 't')
 ORDER BY c.relpages DESC, 1
 LIMIT 20;
